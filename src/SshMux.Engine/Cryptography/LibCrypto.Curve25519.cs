using System.Security.Cryptography;

namespace SshMux.Engine.Cryptography;

/// <content>X25519 (RFC 7748) and Ed25519 (RFC 8032).</content>
internal static unsafe partial class LibCrypto
{
    /// <summary>The length in bytes of every key here: X25519 and Ed25519, private (seed) and public.</summary>
    public const int Curve25519KeyLength = 32;

    /// <summary>The length of an Ed25519 signature in bytes.</summary>
    public const int Ed25519SignatureLength = 64;

    private const int NidX25519 = 1034;
    private const int NidEd25519 = 1087;

    /// <summary>Computes the X25519 public key of a private key of 32 random bytes.</summary>
    public static void X25519PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey) =>
        RawPublicKey(NidX25519, privateKey, publicKey);

    /// <summary>
    /// Computes the X25519 shared secret. False when the peer's public key is of low order, so that the result would be
    /// all zero (RFC 8731 section 3 demands to abort then).
    /// </summary>
    public static bool TryX25519(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> secret)
    {
        DemandAvailable();
        DemandLength(privateKey, Curve25519KeyLength);
        DemandLength(peerPublicKey, Curve25519KeyLength);
        DemandLength(secret, Curve25519KeyLength);
        nint mine = 0, peer = 0, context = 0;
        try
        {
            mine = NewPrivateKey(NidX25519, privateKey);
            peer = NewPublicKey(NidX25519, peerPublicKey);
            context = Check(Api.NewKeyContext(mine, 0), "EVP_PKEY_CTX_new");
            Check(Api.DeriveInit(context), "EVP_PKEY_derive_init");
            Check(Api.DeriveSetPeer(context, peer), "EVP_PKEY_derive_set_peer");
            nuint length = Curve25519KeyLength;
            int result;
            fixed (byte* output = secret) result = Api.Derive(context, output, &length);

            // OpenSSL refuses the all-zero result itself; other libraries of that name may not.
            if (result == 1 && length == Curve25519KeyLength && !IsZero(secret)) return true;
            Api.ClearErrors();
            secret.Clear();
            return false;
        }
        finally
        {
            Api.FreeKeyContext(context);
            Api.FreeKey(peer);
            Api.FreeKey(mine);
        }
    }

    /// <summary>
    /// Computes the Ed25519 public key that belongs to a seed (the private key as RFC 8032 calls it).
    /// </summary>
    public static void Ed25519PublicKey(ReadOnlySpan<byte> seed, Span<byte> publicKey) =>
        RawPublicKey(NidEd25519, seed, publicKey);

    /// <summary>Signs <paramref name="data"/> with the Ed25519 key of the seed.</summary>
    public static void Ed25519Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> data, Span<byte> signature)
    {
        DemandAvailable();
        DemandLength(seed, Curve25519KeyLength);
        DemandLength(signature, Ed25519SignatureLength);
        nint key = 0, context = 0;
        try
        {
            key = NewPrivateKey(NidEd25519, seed);
            context = Check(Api.NewDigestContext(), "EVP_MD_CTX_new");
            Check(Api.DigestSignInit(context, 0, 0, 0, key), "EVP_DigestSignInit");
            nuint length = Ed25519SignatureLength;
            fixed (byte* output = signature, input = NotNull(data))
            {
                Check(Api.DigestSign(context, output, &length, input, (nuint)data.Length), "EVP_DigestSign");
            }
        }
        finally
        {
            Api.FreeDigestContext(context);
            Api.FreeKey(key);
        }
    }

    /// <summary>Whether <paramref name="signature"/> is the Ed25519 signature of the data by the key.</summary>
    public static bool Ed25519Verify(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        DemandAvailable();
        DemandLength(publicKey, Curve25519KeyLength);
        if (signature.Length != Ed25519SignatureLength) return false;
        nint key = 0, context = 0;
        try
        {
            key = NewPublicKey(NidEd25519, publicKey);
            context = Check(Api.NewDigestContext(), "EVP_MD_CTX_new");
            Check(Api.DigestVerifyInit(context, 0, 0, 0, key), "EVP_DigestVerifyInit");
            fixed (byte* expected = signature, input = NotNull(data))
            {
                var result = Api.DigestVerify(
                    context, expected, (nuint)signature.Length, input, (nuint)data.Length);
                if (result == 1) return true;
            }

            Api.ClearErrors();
            return false;
        }
        finally
        {
            Api.FreeDigestContext(context);
            Api.FreeKey(key);
        }
    }

    private static void RawPublicKey(int type, ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        DemandAvailable();
        DemandLength(privateKey, Curve25519KeyLength);
        DemandLength(publicKey, Curve25519KeyLength);
        var key = NewPrivateKey(type, privateKey);
        try
        {
            nuint length = Curve25519KeyLength;
            fixed (byte* output = publicKey)
            {
                Check(Api.GetRawPublicKey(key, output, &length), "EVP_PKEY_get_raw_public_key");
            }
        }
        finally
        {
            Api.FreeKey(key);
        }
    }

    private static nint NewPrivateKey(int type, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* raw = bytes)
        {
            return Check(Api.NewRawPrivateKey(type, 0, raw, (nuint)bytes.Length), "EVP_PKEY_new_raw_private_key");
        }
    }

    private static nint NewPublicKey(int type, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* raw = bytes)
        {
            return Check(Api.NewRawPublicKey(type, 0, raw, (nuint)bytes.Length), "EVP_PKEY_new_raw_public_key");
        }
    }

    private static bool IsZero(ReadOnlySpan<byte> bytes)
    {
        Span<byte> zero = stackalloc byte[Curve25519KeyLength];
        zero.Clear();
        return CryptographicOperations.FixedTimeEquals(bytes, zero);
    }

    /// <summary>An empty span pins to a null pointer, which libcrypto takes for a request to tell the length.</summary>
    private static ReadOnlySpan<byte> NotNull(ReadOnlySpan<byte> data) => data.IsEmpty ? "\0"u8 : data;

    private static void DemandLength(ReadOnlySpan<byte> bytes, int length)
    {
        if (bytes.Length != length) throw new ArgumentException($"{length} bytes are needed, not {bytes.Length}");
    }
}
