using System.Security.Cryptography;
using SshMux.Engine.Cryptography.Chosen;

namespace SshMux.Engine.Mux.Locking;

/// <summary>
/// A passphrase that can be recognized and not be read: what PBKDF2 (RFC 8018 section 5.2) makes of it with a salt.
/// </summary>
internal sealed class LockPassphrase
{
    private const string Hash = "SHA256";
    private const int Iterations = 200_000; // a tenth of a second or a few
    private const int Length = 32;

    private readonly byte[] _salt = RandomNumberGenerator.GetBytes(16);
    private readonly byte[] _derived = new byte[Length];

    private LockPassphrase(ReadOnlySpan<byte> passphrase) => Derive(passphrase, _derived);

    /// <summary>Makes one; takes a moment.</summary>
    public static LockPassphrase Of(ReadOnlySpan<byte> passphrase) => new(passphrase);

    /// <summary>Whether it is that passphrase; takes a moment, the same for every one.</summary>
    public bool Is(ReadOnlySpan<byte> passphrase)
    {
        Span<byte> derived = stackalloc byte[Length];
        Derive(passphrase, derived);
        var isEqual = CryptographicOperations.FixedTimeEquals(derived, _derived);
        CryptographicOperations.ZeroMemory(derived);
        return isEqual;
    }

    private void Derive(ReadOnlySpan<byte> passphrase, Span<byte> derived) =>
        CryptographyProvider.Current.KeyDerivations.Pbkdf2(Hash, passphrase, _salt, Iterations, derived);
}
