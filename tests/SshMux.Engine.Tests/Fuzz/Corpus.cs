using System.Reflection;
using System.Text;

namespace SshMux.Engine.Tests.Fuzz;

/// <summary>
/// The files in Corpus, made by OpenSSH's own programs, OpenSSL and PuTTY, by folder. The keys in them are used nowhere.
/// </summary>
internal static class Corpus
{
    private static readonly Assembly Assembly = typeof(Corpus).Assembly;

    /// <summary>The files of a folder, in the order of their names.</summary>
    public static byte[][] Of(string folder) => [.. NamesOf(folder).Select(Read)];

    /// <summary>The names of the files of a folder, in their order.</summary>
    public static string[] NamesOf(string folder)
    {
        var prefix = $"Corpus/{folder}/";
        string[] names =
        [
            .. Assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
        ];
        Assert.NotEmpty(names);
        return names;
    }

    /// <summary>The key or certificate in each file of the form <c>type base64 comment</c>.</summary>
    public static byte[][] BlobsOf(string folder) =>
        [.. Of(folder).Select(file => Convert.FromBase64String(Encoding.ASCII.GetString(file).Split(' ')[1]))];

    /// <summary>A file by its name.</summary>
    public static byte[] Read(string name)
    {
        using var stream = Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
