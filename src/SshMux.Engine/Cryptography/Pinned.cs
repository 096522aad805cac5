using System.Text;

namespace SshMux.Engine.Cryptography;

/// <summary>
/// Memory for secrets: the garbage collector does not move it, and so leaves no copies behind where it was before. Who
/// asks for it wipes it.
/// </summary>
internal static class Pinned
{
    /// <summary>Zeros.</summary>
    public static byte[] Bytes(int length) => GC.AllocateArray<byte>(length, pinned: true);

    /// <summary>
    /// A copy that the collector never moves, so that it can be wiped without leaving another behind.
    /// </summary>
    public static byte[] Copy(ReadOnlySpan<byte> bytes)
    {
        var copy = GC.AllocateUninitializedArray<byte>(bytes.Length, pinned: true);
        bytes.CopyTo(copy);
        return copy;
    }

    /// <summary>The characters of UTF-8.</summary>
    public static char[] Characters(ReadOnlySpan<byte> utf8)
    {
        var characters = GC.AllocateUninitializedArray<char>(Encoding.UTF8.GetCharCount(utf8), pinned: true);
        Encoding.UTF8.GetChars(utf8, characters);
        return characters;
    }
}
