namespace SshMux.Engine.Cryptography;

/// <summary>
/// ECDH (SP 800-56A) and ECDSA (FIPS 186-5) on NIST's curves. Points are uncompressed (SEC 1 section 2.3.3); numbers are
/// big-endian and, unless it says else, as long as a coordinate.
/// </summary>
internal interface INistCurves
{
    /// <summary>The numbers of a curve, for key files that name a curve by them.</summary>
    NistCurveNumbers NumbersOf(NistCurve curve);

    /// <summary>A fresh key pair for one key exchange.</summary>
    IEcdhKey CreateEcdhKey(NistCurve curve);

    /// <summary>A key pair that there is, for known-answer tests.</summary>
    IEcdhKey EcdhKeyFrom(NistCurve curve, ReadOnlySpan<byte> number);

    /// <summary>
    /// The key of a private number. <paramref name="point"/> is the public one that goes with it; empty, it is computed.
    /// </summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">
    /// The number is not one of the curve, or the point is another number's.
    /// </exception>
    IEcdsaKey EcdsaKeyFrom(NistCurve curve, ReadOnlySpan<byte> number, ReadOnlySpan<byte> point);

    /// <summary>
    /// Whether <paramref name="signature"/>, r and s one after the other, is the one of a hash by the key of a point.
    /// </summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The point is not on the curve.</exception>
    bool VerifyHash(
        NistCurve curve, ReadOnlySpan<byte> point, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature);
}
