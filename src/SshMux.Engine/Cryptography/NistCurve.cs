namespace SshMux.Engine.Cryptography;

/// <summary>The elliptic curves of NIST that SSH has (RFC 5656 section 10.1); their numbers are the bits of their fields.</summary>
internal enum NistCurve
{
    /// <summary>NIST's P-256, which SEC 2 calls secp256r1.</summary>
    P256 = 256,

    /// <summary>NIST's P-384, which SEC 2 calls secp384r1.</summary>
    P384 = 384,

    /// <summary>NIST's P-521, which SEC 2 calls secp521r1.</summary>
    P521 = 521,
}
