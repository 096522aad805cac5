using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>The ciphers of key files by BouncyCastle. It keeps a copy of the key that cannot be wiped.</summary>
internal sealed class ManagedKeyFileCiphers : IKeyFileCiphers
{
    public bool Has(string name, int keyLength, int ivLength) => name is "RC4" or "RC4-40" || ModeOf(name) is not null;

    public void Decrypt(string name, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> text)
    {
        var secret = name.StartsWith("RC2", StringComparison.Ordinal)
            ? new RC2Parameters(key.ToArray(), 8 * key.Length)
            : new KeyParameter(key);
        var plain = Pinned.Bytes(text.Length);
        try
        {
            if (name.StartsWith("RC4", StringComparison.Ordinal))
            {
                var stream = new RC4Engine();
                stream.Init(false, secret);
                stream.ProcessBytes(text, plain);
            }
            else
            {
                var blocks = new BufferedBlockCipher(ModeOf(name));
                blocks.Init(false, !iv.IsEmpty ? new ParametersWithIV(secret, iv) : secret);
                var length = blocks.ProcessBytes(text, plain);
                blocks.DoFinal(plain.AsSpan(length));
            }

            plain.CopyTo(text);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private static IBlockCipherMode? ModeOf(string name)
    {
        var dash = name.LastIndexOf('-');
        if (dash < 0 || EngineOf(name[..dash]) is not { } engine) return null;
        return name[(dash + 1)..] switch
        {
            "CBC" => new CbcBlockCipher(engine),
            "ECB" => new EcbBlockCipher(engine),
            "CFB" => new CfbBlockCipher(engine, 8 * engine.GetBlockSize()),
            "CFB8" => new CfbBlockCipher(engine, 8),
            "OFB" => new OfbBlockCipher(engine, 8 * engine.GetBlockSize()),
            "CTR" => new SicBlockCipher(engine),
            _ => null,
        };
    }

    private static IBlockCipher? EngineOf(string name) => name switch
    {
        "AES-128" or "AES-192" or "AES-256" => AesUtilities.CreateEngine(),
        "CAMELLIA-128" or "CAMELLIA-192" or "CAMELLIA-256" => new CamelliaEngine(),
        "ARIA-128" or "ARIA-192" or "ARIA-256" => new AriaEngine(),
        "SM4" => new SM4Engine(),
        "SEED" => new SeedEngine(),
        "DES" => new DesEngine(),
        "DES-EDE" or "DES-EDE3" => new DesEdeEngine(),
        "RC2" or "RC2-64" or "RC2-40" => new RC2Engine(),
        "BF" => new BlowfishEngine(),
        "CAST5" => new Cast5Engine(),
        _ => null,
    };
}
