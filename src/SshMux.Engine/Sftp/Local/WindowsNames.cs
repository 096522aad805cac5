using System.Buffers;
using System.Text;

namespace SshMux.Engine.Sftp.Local;

/// <summary>
/// Names that Windows cannot have, or for which it takes another one ("Naming Files, Paths, and Namespaces" of its
/// documentation). The rules are the same on every system, so that they can be tested on each.
/// </summary>
internal static class WindowsNames
{
    private const string Characters = "<>:\"/\\|?*";

    private static readonly SearchValues<char> Forbidden = SearchValues.Create(Characters);

    /// <summary>Why nothing can have a name: a few words; null if it can be had.</summary>
    public static string? WhyNot(string name)
    {
        if (name.AsSpan().IndexOfAny(Forbidden) is var at and >= 0) return $"no name on Windows can have the character {name[at]}";
        if (name.Any(static one => one < ' ')) return "no name on Windows can have control characters";
        if (name.Length == 0 || name[^1] is '.' or ' ') return "no name on Windows can end in a dot or a blank";
        if (!IsText(name)) return "its name is not UTF-8, and could not be kept";

        // "nul.tar.gz" and "aux .c" are the devices, too.
        var stem = name.Split('.')[0].TrimEnd(' ');
        return IsDevice(stem) ? $"on Windows {stem} is the name of a device" : null;
    }

    /// <summary>
    /// Whether a name has the form of the short ones (LONGNA~1.TXT) that Windows gives to files by itself: what can be
    /// opened so may be called otherwise.
    /// </summary>
    public static bool MayBeShort(string name)
    {
        var tilde = name.IndexOf('~', StringComparison.Ordinal);
        return name.Length <= 12 && tilde >= 0 && tilde + 1 < name.Length && char.IsAsciiDigit(name[tilde + 1]);
    }

    /// <summary>Whether a name has only characters that there are: Windows lets half of one be in it.</summary>
    public static bool IsText(ReadOnlySpan<char> name)
    {
        while (!name.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(name, out _, out var count) != OperationStatus.Done) return false;
            name = name[count..];
        }

        return true;
    }

    private static bool IsDevice(string stem)
    {
        var upper = stem.ToUpperInvariant();
        if (upper is "CON" or "PRN" or "AUX" or "NUL" or "CONIN$" or "CONOUT$") return true;

        // Ports also have the superscript digits of ISO 8859-1.
        return upper.Length == 4
            && upper[..3] is "COM" or "LPT"
            && upper[3] is >= '0' and <= '9' or '\u00B9' or '\u00B2' or '\u00B3';
    }
}
