using System.Collections.Immutable;
using System.Text;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>A file of ssh_config(5), line by line. A character is a byte.</summary>
internal sealed record ConfigurationFile(string Name, ImmutableArray<string> Lines)
{
    /// <summary>What each line ends with.</summary>
    public string LineEnd { get; init; } = "\n";

    /// <summary>The last line has no end.</summary>
    public bool EndsWithoutLineEnd { get; init; }

    /// <summary>It begins as some editors of Windows begin a file.</summary>
    public bool HasByteOrderMark { get; init; }

    /// <summary>Its mode lets everybody write it, which ssh does not want of an included file.</summary>
    public bool IsWritableByOthers { get; init; }

    /// <summary>Its bytes, where it and its like lie in <paramref name="folder"/>.</summary>
    public byte[] ToBytes(string folder)
    {
        var text = (HasByteOrderMark ? "\u00ef\u00bb\u00bf" : "")
            + string.Concat(Lines.Select(line => line + LineEnd))
                .Replace(Placeholder, folder, StringComparison.Ordinal);
        if (EndsWithoutLineEnd && Lines.Length > 0) text = text[..^LineEnd.Length];
        return Encoding.Latin1.GetBytes(text);
    }

    public override string ToString()
    {
        string[] notes =
        [
            .. LineEnd == "\n" ? Array.Empty<string>() : ["lines end with CR LF"],
            .. EndsWithoutLineEnd ? ["the last without an end"] : Array.Empty<string>(),
            .. HasByteOrderMark ? ["byte order mark"] : Array.Empty<string>(),
            .. IsWritableByOthers ? ["mode 0666"] : Array.Empty<string>(),
        ];
        return $"--- {Name}{(notes.Length > 0 ? $" ({string.Join(", ", notes)})" : "")}\n"
            + string.Concat(Lines.Select(line => line.Replace("\t", "\\t", StringComparison.Ordinal) + "\n"));
    }

    /// <summary>Stands for the folder in paths of files and options.</summary>
    public const string Placeholder = "/FOLDER";
}
