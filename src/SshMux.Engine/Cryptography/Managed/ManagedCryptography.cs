namespace SshMux.Engine.Cryptography.Managed;

/// <summary>
/// The provider that needs no libcrypto: BouncyCastle, and of .NET what every system computes well. It wipes less than
/// libcrypto, is slower, and runs everywhere.
/// </summary>
internal sealed class ManagedCryptography : ICryptographyProvider
{
    public ManagedCryptography() => MlDsa44Ed25519 = new MlDsa44Ed25519(Ed25519);

    public IX25519 X25519 { get; } = new ManagedX25519();

    public IEd25519 Ed25519 { get; } = new ManagedEd25519();

    public INistCurves NistCurves { get; } = new ManagedNistCurves();

    public IMlDsa44Ed25519 MlDsa44Ed25519 { get; }

    public IDiffieHellman DiffieHellman { get; } = new ManagedDiffieHellman();

    public IKeyFileCiphers KeyFileCiphers { get; } = new ManagedKeyFileCiphers();

    public IKeyDerivations KeyDerivations { get; } = new ManagedKeyDerivations();

    public string? WhyNoChaChaPoly => null;

    public IAesCtr CreateAesCtr(ReadOnlySpan<byte> key, ReadOnlySpan<byte> initialCounter) =>
        new ManagedAesCtr(key, initialCounter);

    public IChaCha20 CreateChaCha20(ReadOnlySpan<byte> key) => new ManagedChaCha20(key);

    public IPoly1305 CreatePoly1305() => new ManagedPoly1305();

    public KeyEncapsulation CreateMlKem768() => BouncyCastleMlKem768.Create();

    public KeyEncapsulation CreateSntrup761(CancellationToken cancellationToken) =>
        Sntrup761.Create(cancellationToken);
}
