namespace SshMux.Engine.Cryptography;

/// <summary>
/// Who computes the primitives that .NET lacks, or has on some systems only. What .NET has everywhere (RSA, AES-GCM,
/// HMAC, SHA) is called where it is needed.
/// </summary>
internal interface ICryptographyProvider
{
    /// <summary>Diffie-Hellman on Curve25519 (RFC 7748), for key exchanges.</summary>
    IX25519 X25519 { get; }

    /// <summary>Signatures on edwards25519 (RFC 8032), of hosts and users.</summary>
    IEd25519 Ed25519 { get; }

    /// <summary>Diffie-Hellman and signatures on NIST's curves, for key exchanges, hosts and users.</summary>
    INistCurves NistCurves { get; }

    /// <summary>Signatures by ML-DSA-44 and Ed25519 in one, of hosts and users.</summary>
    IMlDsa44Ed25519 MlDsa44Ed25519 { get; }

    /// <summary>Diffie-Hellman modulo a prime.</summary>
    IDiffieHellman DiffieHellman { get; }

    /// <summary>The ciphers of private key files, by OpenSSL's names.</summary>
    IKeyFileCiphers KeyFileCiphers { get; }

    /// <summary>Derivations of keys from passphrases.</summary>
    IKeyDerivations KeyDerivations { get; }

    /// <summary>Why there is no ChaCha20 or no Poly1305 here, for people; null when both work.</summary>
    string? WhyNoChaChaPoly { get; }

    /// <summary>Starts a key stream of AES-CTR; the key is of 16, 24 or 32 bytes, the initial counter of 16.</summary>
    IAesCtr CreateAesCtr(ReadOnlySpan<byte> key, ReadOnlySpan<byte> initialCounter);

    /// <summary>ChaCha20 with a key of <see cref="IChaCha20.KeyLength"/> bytes, which is copied.</summary>
    /// <exception cref="SshException"><see cref="WhyNoChaChaPoly"/>.</exception>
    IChaCha20 CreateChaCha20(ReadOnlySpan<byte> key);

    /// <summary>A Poly1305 that is used again for every tag.</summary>
    /// <exception cref="SshException"><see cref="WhyNoChaChaPoly"/>.</exception>
    IPoly1305 CreatePoly1305();

    /// <summary>A fresh key pair of ML-KEM-768 (FIPS 203).</summary>
    KeyEncapsulation CreateMlKem768();

    /// <summary>
    /// A fresh key pair of Streamlined NTRU Prime with p = 761, which takes a processor 25 to 45 ms to make.
    /// </summary>
    /// <exception cref="OperationCanceledException">
    /// Cancelled; it is noticed at the beginning and after half of the work.
    /// </exception>
    KeyEncapsulation CreateSntrup761(CancellationToken cancellationToken);
}
