using System.Security.Cryptography;
using System.Text;

namespace SshMux.Engine.Authentication.Interaction;

/// <summary>
/// A password or passphrase. It is kept in one place that the garbage collector does not copy, is wiped when disposed,
/// and never shows its content as text.
/// </summary>
public sealed class Secret : IDisposable
{
    private readonly char[] _characters;

    /// <summary>Copies the characters; wiping the original is up to the caller.</summary>
    public Secret(ReadOnlySpan<char> characters)
    {
        _characters = GC.AllocateUninitializedArray<char>(characters.Length, pinned: true);
        characters.CopyTo(_characters);
    }

    /// <summary>The characters; all zero after disposal.</summary>
    public ReadOnlySpan<char> Characters => _characters;

    /// <summary>Whether there is no character.</summary>
    public bool IsEmpty => _characters.Length == 0;

    /// <summary>The content in UTF-8. The caller wipes the array after use.</summary>
    public byte[] ToUtf8()
    {
        var bytes = GC.AllocateUninitializedArray<byte>(Encoding.UTF8.GetByteCount(_characters), pinned: true);
        Encoding.UTF8.GetBytes(_characters, bytes);
        return bytes;
    }

    /// <summary>Wipes the content.</summary>
    public void Dispose() =>
        CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_characters.AsSpan()));

    /// <summary>Says that it is a secret, and nothing of it.</summary>
    public override string ToString() => "(secret)";
}
