using System.Security.Cryptography;
using SshMux.Engine.Cryptography;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>
/// A fixed Diffie-Hellman group with its name in SSH: <c>diffie-hellman-group14-sha256</c>, <c>-group16-sha512</c> and
/// <c>-group18-sha512</c> (RFC 8268), whose primes are those of RFC 3526.
/// </summary>
internal sealed class DiffieHellmanGroup
{
    private static readonly DiffieHellmanGroup[] All =
    [
        new("diffie-hellman-group14-sha256", 2048, HashAlgorithmName.SHA256),
        new("diffie-hellman-group16-sha512", 4096, HashAlgorithmName.SHA512),
        new("diffie-hellman-group18-sha512", 8192, HashAlgorithmName.SHA512),
    ];

    private static readonly byte[] Two = [2];

    private readonly string _keyExchange;
    private readonly int _bits;
    private readonly HashAlgorithmName _hash;

    private DiffieHellmanGroup(string keyExchange, int bits, HashAlgorithmName hash)
    {
        _keyExchange = keyExchange;
        _bits = bits;
        _hash = hash;
    }

    /// <summary>The group of a key exchange method; null if it has none.</summary>
    public static DiffieHellmanGroup? ByKeyExchange(string method) =>
        Array.Find(All, group => group._keyExchange == method);

    /// <summary>A fresh key pair in the group.</summary>
    public DiffieHellmanKey CreateKey(IDiffieHellman diffieHellman) =>
        new(diffieHellman, diffieHellman.PrimeOf(_bits), Two, _hash);
}
