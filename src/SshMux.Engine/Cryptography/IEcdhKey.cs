namespace SshMux.Engine.Cryptography;

/// <summary>A key pair of its own for one exchange on a curve of <see cref="INistCurves"/>.</summary>
internal interface IEcdhKey : IDisposable
{
    /// <summary>Our public point, uncompressed.</summary>
    byte[] PublicPoint { get; }

    /// <summary>
    /// Computes the shared secret: the x of the point that both come to, as long as a coordinate. The caller wipes it.
    /// </summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">
    /// The peer's value is not an uncompressed point of the curve.
    /// </exception>
    byte[] Derive(ReadOnlySpan<byte> peerPoint);
}
