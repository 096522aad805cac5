using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using SshMux.Engine.Authentication.Interaction;

namespace SshMux.PowerShell.Pipeline;

/// <summary>PowerShell's secrets as the engine's.</summary>
internal static class SecureStrings
{
    /// <summary>A copy of the characters, which the caller disposes; no other is left.</summary>
    public static Secret ToSecret(this SecureString text)
    {
        var characters = GC.AllocateUninitializedArray<char>(text.Length, pinned: true);
        var copy = Marshal.SecureStringToGlobalAllocUnicode(text);
        try
        {
            Marshal.Copy(copy, characters, 0, characters.Length);
            return new Secret(characters);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(copy);
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(characters.AsSpan()));
        }
    }
}
