using System.Security.Cryptography;
using SshMux.Engine.Authentication.Keys;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>OpenSSH's own format (its PROTOCOL.key), "BEGIN OPENSSH PRIVATE KEY".</summary>
internal sealed class OpenSshKeyContainer : KeyContainer
{
    private const int MaxCommentLength = 256;

    private readonly KeyCipher? _cipher;
    private readonly byte[] _salt = [];
    private readonly uint _rounds;
    private readonly byte[] _publicKey;
    private readonly byte[] _private;
    private readonly byte[] _tag;

    /// <summary>Reads the outer part of the decoded file.</summary>
    public OpenSshKeyContainer(ReadOnlySpan<byte> data)
    {
        var magic = "openssh-key-v1\0"u8;
        if (!data.StartsWith(magic)) throw Unusable("is not in the format that its first line says");
        var reader = new SshReader(data[magic.Length..]);
        var cipherName = reader.ReadUtf8String();
        var kdfName = reader.ReadUtf8String();
        var kdfOptions = new SshReader(reader.ReadString());
        if (kdfName == "bcrypt")
        {
            _cipher = KeyCipher.ByName(cipherName) ?? throw Unusable(
                $"is encrypted with {Printable.Text(cipherName, 64)}, which is not supported; " +
                "change it with: ssh-keygen -p -Z aes256-ctr -f FILE");
            _salt = kdfOptions.ReadString().ToArray();
            _rounds = kdfOptions.ReadUInt32();
            if (_rounds == 0 || _salt.Length == 0) throw Unusable("is damaged (no rounds or salt)");
        }
        else if (kdfName != "none" || cipherName != "none")
        {
            throw Unusable($"uses the key derivation {Printable.Text(kdfName, 64)}, which is not supported");
        }

        if (reader.ReadUInt32() != 1) throw Unusable("holds not one key but several, which is not supported");
        _publicKey = reader.ReadString().ToArray();
        _private = Pinned.Copy(reader.ReadString());
        _tag = reader.ReadBytes(_cipher?.TagLength ?? 0).ToArray();
        reader.ExpectEnd("the key");
        if (_private.Length == 0 || _private.Length % (_cipher?.BlockLength ?? 8) != 0)
        {
            throw Unusable("is damaged (its length is impossible)");
        }
    }

    public override bool IsEncrypted => _cipher is not null;

    public override ReadOnlyMemory<byte>? PublicKey => _publicKey;

    public override SshPrivateKey? TryDecrypt(ReadOnlySpan<byte> passphrase, CancellationToken cancellationToken)
    {
        var text = GC.AllocateUninitializedArray<byte>(_private.Length, pinned: true);
        _private.CopyTo(text, 0);
        try
        {
            if (_cipher is not null && !TryDecrypt(_cipher, text, passphrase, cancellationToken)) return null;
            var reader = new SshReader(text);
            if (reader.ReadUInt32() != reader.ReadUInt32())
            {
                return IsEncrypted ? null : throw Unusable("is damaged (its check numbers differ)");
            }

            var key = ReadKey(ref reader);
            try
            {
                key.Comment = Printable.Text(reader.ReadString(), MaxCommentLength);
                if (key.PublicKey.Span.SequenceEqual(_publicKey)) return key;
                throw Unusable(PartsDiffer);
            }
            catch
            {
                key.Dispose();
                throw;
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    public override void Dispose() => CryptographicOperations.ZeroMemory(_private);

    private static SshPrivateKey ReadKey(ref SshReader reader)
    {
        var type = reader.ReadUtf8String();
        switch (type)
        {
            case Ed25519PrivateKey.Type:
                reader.ReadString();
                var pair = reader.ReadString();
                if (pair.Length != 64) throw Unusable("is damaged (an Ed25519 key of the wrong length)");
                return new Ed25519PrivateKey(pair[..32]);
            case SshAlgorithms.MlDsa44Ed25519:
                reader.ReadString();
                var seeds = reader.ReadString();
                if (seeds.Length == IMlDsa44Ed25519.PrivateKeyLength) return new MlDsaPrivateKey(seeds);
                throw Unusable("is damaged (an ML-DSA key of the wrong length)");
            case "ssh-rsa":
                return ReadRsa(ref reader);
            case var _ when EllipticCurve.ByKeyType(type) is { } curve:
                return ReadEcdsa(curve, ref reader);
            case "ssh-dss":
                throw Unusable(IsDsa);
            default:
                throw Unusable(
                    $"is of the type {Printable.Text(type, 64)}, which is not supported in a file" +
                    (type.StartsWith("sk-", StringComparison.Ordinal) ? "; add it to the agent with ssh-add" : ""));
        }
    }

    private static EcdsaPrivateKey ReadEcdsa(EllipticCurve curve, ref SshReader reader)
    {
        if (reader.ReadUtf8String() != curve.Name) throw Unusable("is damaged (it names two curves)");
        var point = reader.ReadString();
        curve.DemandPoint(point);
        return EcdsaPrivateKey.FromNumber(curve, reader.ReadUnsignedMPInt(), point);
    }

    private static RsaPrivateKey ReadRsa(ref SshReader reader)
    {
        var numbers = new RSAParameters { Modulus = reader.ReadUnsignedMPInt().ToArray() };
        numbers.Exponent = reader.ReadUnsignedMPInt().ToArray();
        var whole = numbers.Modulus.Length;
        var half = (whole + 1) / 2;
        numbers.D = Pinned.Bytes(whole);
        numbers.InverseQ = Pinned.Bytes(half);
        numbers.P = Pinned.Bytes(half);
        numbers.Q = Pinned.Bytes(half);
        numbers.DP = Pinned.Bytes(half);
        numbers.DQ = Pinned.Bytes(half);
        try
        {
            FillFromMPInt(reader.ReadUnsignedMPInt(), numbers.D);
            FillFromMPInt(reader.ReadUnsignedMPInt(), numbers.InverseQ);
            FillFromMPInt(reader.ReadUnsignedMPInt(), numbers.P);
            FillFromMPInt(reader.ReadUnsignedMPInt(), numbers.Q);
            FillExponent(numbers.D, numbers.P, numbers.DP);
            FillExponent(numbers.D, numbers.Q, numbers.DQ);
            return new RsaPrivateKey(RsaKeyImport.FromNumbers(numbers));
        }
        finally
        {
            foreach (var secret in new[] { numbers.D, numbers.InverseQ, numbers.P, numbers.Q, numbers.DP, numbers.DQ })
            {
                CryptographicOperations.ZeroMemory(secret);
            }
        }
    }

    /// <summary>The private exponent modulo the prime less one.</summary>
    private static void FillExponent(byte[] exponent, byte[] prime, byte[] result)
    {
        if (prime.Length == 0 || (prime[^1] & 1) == 0) throw Unusable("is damaged (a prime is even)");
        prime[^1]--;
        if (prime.AsSpan().IndexOfAnyExcept((byte)0) < 0) throw Unusable("is damaged (a prime is 1)");
        RsaPrivateKey.Remainder(exponent, prime, result);
        prime[^1]++;
    }

    private static void FillFromMPInt(ReadOnlySpan<byte> number, Span<byte> target)
    {
        if (number.Length > target.Length) throw Unusable("is damaged (a number is too long)");
        number.CopyTo(target[(target.Length - number.Length)..]);
    }

    private bool TryDecrypt(
        KeyCipher cipher, Span<byte> text, ReadOnlySpan<byte> passphrase, CancellationToken cancellationToken)
    {
        Span<byte> keyAndIv = stackalloc byte[cipher.KeyLength + cipher.IvLength];
        try
        {
            BcryptPbkdf.DeriveKey(passphrase, _salt, _rounds, keyAndIv, cancellationToken);
            return cipher.TryDecrypt(keyAndIv[..cipher.KeyLength], keyAndIv[cipher.KeyLength..], text, _tag);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(keyAndIv);
        }
    }
}
