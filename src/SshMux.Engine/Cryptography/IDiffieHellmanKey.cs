namespace SshMux.Engine.Cryptography;

/// <summary>A key pair of its own for one exchange of <see cref="IDiffieHellman"/>.</summary>
internal interface IDiffieHellmanKey : IDisposable
{
    /// <summary>The group's prime, in network byte order; it tells how long the secret may be.</summary>
    byte[] Prime { get; }

    /// <summary>Our public value.</summary>
    byte[] PublicValue { get; }

    /// <summary>
    /// Computes the shared secret into <paramref name="secret"/>, which is as long as the prime, and gives its length.
    /// </summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The peer's value is refused.</exception>
    int Derive(ReadOnlySpan<byte> peerValue, Span<byte> secret);
}
