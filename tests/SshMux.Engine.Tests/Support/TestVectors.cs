namespace SshMux.Engine.Tests.Support;

/// <summary>The published test vectors of Transport/Vectors: lines of words, mostly hex; - is no bytes.</summary>
internal static class TestVectors
{
    /// <summary>The words of every line that is no comment.</summary>
    public static IEnumerable<string[]> Read(string name)
    {
        using var stream = typeof(TestVectors).Assembly.GetManifestResourceStream($"{name}.txt")
            ?? throw new ArgumentException($"there are no vectors '{name}'", nameof(name));
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#')) yield return line.Split(' ');
        }
    }

    /// <summary>The bytes of a word.</summary>
    public static byte[] Bytes(string word) => word == "-" ? [] : Convert.FromHexString(word);
}
