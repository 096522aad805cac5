using System.Runtime.Versioning;
using System.Security.Cryptography;
using SshMux.Engine.Cryptography.Managed;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>
/// The provider that is the OpenSSL libcrypto which .NET itself stands on (docs/decisions/0002), directly or, for NIST's
/// curves, PBKDF2 and ML-KEM, through .NET. What that lacks for key files and in ML-KEM is BouncyCastle's.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class OpenSslCryptography : ICryptographyProvider
{
    private OpenSslCryptography(ManagedCryptography other)
    {
        KeyFileCiphers = new OpenSslKeyFileCiphers(other.KeyFileCiphers);
        KeyDerivations = new OpenSslKeyDerivations(other.KeyDerivations);
        MlDsa44Ed25519 = new MlDsa44Ed25519(Ed25519);
    }

    public IX25519 X25519 { get; } = new OpenSslX25519();

    public IEd25519 Ed25519 { get; } = new OpenSslEd25519();

    public INistCurves NistCurves { get; } = new SystemNistCurves();

    public IMlDsa44Ed25519 MlDsa44Ed25519 { get; }

    public IDiffieHellman DiffieHellman { get; } = new OpenSslDiffieHellman();

    public IKeyFileCiphers KeyFileCiphers { get; }

    public IKeyDerivations KeyDerivations { get; }

    public string? WhyNoChaChaPoly => ChaChaPolyFunctions.WhyUnavailable;

    /// <summary>The provider; null where there is no libcrypto (<see cref="LibCrypto.WhyUnavailable"/>).</summary>
    public static OpenSslCryptography? TryCreate(ManagedCryptography other) =>
        LibCrypto.IsAvailable ? new OpenSslCryptography(other) : null;

    public IAesCtr CreateAesCtr(ReadOnlySpan<byte> key, ReadOnlySpan<byte> initialCounter) =>
        new OpenSslAesCtr(key, initialCounter);

    public IChaCha20 CreateChaCha20(ReadOnlySpan<byte> key) => new OpenSslChaCha20(key);

    public IPoly1305 CreatePoly1305() => new OpenSslPoly1305();

    public KeyEncapsulation CreateMlKem768() =>
        MLKem.IsSupported ? SystemMlKem768.Create() : BouncyCastleMlKem768.Create();

    public KeyEncapsulation CreateSntrup761(CancellationToken cancellationToken) =>
        Sntrup761.Create(cancellationToken);
}
