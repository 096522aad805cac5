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
    public static byte[][] Of(string folder)
    {
        var prefix = $"Corpus/{folder}/";
        byte[][] files =
        [
            .. Assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal).Select(Read),
        ];
        Assert.NotEmpty(files);
        return files;
    }

    /// <summary>The key or certificate in each file of the form <c>type base64 comment</c>.</summary>
    public static byte[][] BlobsOf(string folder) =>
        [.. Of(folder).Select(file => Convert.FromBase64String(Encoding.ASCII.GetString(file).Split(' ')[1]))];

    private static byte[] Read(string name)
    {
        using var stream = Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
