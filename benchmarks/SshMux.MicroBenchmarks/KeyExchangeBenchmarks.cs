using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;

namespace SshMux.MicroBenchmarks;

/// <summary>What a login computes once: a key pair and its secret, a signature and its check.</summary>
public class KeyExchangeBenchmarks
{
    private static readonly byte[] Seed = RandomNumberGenerator.GetBytes(32);

    private readonly byte[] _publicKey = new byte[32];
    private readonly byte[] _secret = new byte[32];
    private readonly byte[] _signature = new byte[64];
    private ICryptographyProvider _provider = null!;

    /// <summary>Who computes: libcrypto, or what computes where there is none.</summary>
    [Params(false, true)]
    public bool Managed { get; set; }

    [GlobalSetup]
    public void Setup() => _provider = Managed ? CryptographyProvider.Managed : CryptographyProvider.OpenSsl!;

    [Benchmark]
    public bool X25519()
    {
        _provider.X25519.PublicKey(Seed, _publicKey);
        return _provider.X25519.TryDerive(Seed, _publicKey, _secret);
    }

    [Benchmark]
    public bool Ed25519()
    {
        _provider.Ed25519.PublicKey(Seed, _publicKey);
        _provider.Ed25519.Sign(Seed, Seed, _signature);
        return _provider.Ed25519.Verify(_publicKey, Seed, _signature);
    }

    [Benchmark]
    [Arguments(256)]
    [Arguments(384)]
    [Arguments(521)]
    public byte[] Ecdh(int bits)
    {
        using var key = _provider.NistCurves.CreateEcdhKey((NistCurve)bits);
        return key.Derive(key.PublicPoint);
    }

    [Benchmark]
    [Arguments(256)]
    [Arguments(384)]
    [Arguments(521)]
    public bool Ecdsa(int bits)
    {
        var curve = (NistCurve)bits;
        var number = new byte[curve.FieldLength()];
        Seed.CopyTo(number, number.Length - Seed.Length);
        number[0] = 0;
        using var key = _provider.NistCurves.EcdsaKeyFrom(curve, number, []);
        return _provider.NistCurves.VerifyHash(curve, key.PublicPoint, Seed, key.SignHash(Seed));
    }

    [Benchmark]
    public int DiffieHellman()
    {
        var prime = _provider.DiffieHellman.PrimeOf(2048);
        using var key = _provider.DiffieHellman.CreateKey(prime, [2], privateBits: 512);
        return key.Derive(key.PublicValue, new byte[prime.Length]);
    }
}
