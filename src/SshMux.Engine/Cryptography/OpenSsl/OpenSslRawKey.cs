using static SshMux.Engine.Cryptography.OpenSsl.LibCrypto;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>Keys of X25519 and Ed25519, which are bytes without structure. Who makes one frees it.</summary>
internal static unsafe class OpenSslRawKey
{
    /// <summary>The number of X25519 in OpenSSL.</summary>
    public const int X25519 = 1034;

    /// <summary>The number of Ed25519 in OpenSSL.</summary>
    public const int Ed25519 = 1087;

    private const int Length = 32;

    /// <summary>Makes a key of a private key.</summary>
    public static nint NewPrivate(int type, ReadOnlySpan<byte> bytes)
    {
        Lengths.Demand(bytes, Length);
        fixed (byte* raw = bytes)
        {
            return Check(Api.NewRawPrivateKey(type, 0, raw, (nuint)bytes.Length), "EVP_PKEY_new_raw_private_key");
        }
    }

    /// <summary>Makes a key of a public key.</summary>
    public static nint NewPublic(int type, ReadOnlySpan<byte> bytes)
    {
        Lengths.Demand(bytes, Length);
        fixed (byte* raw = bytes)
        {
            return Check(Api.NewRawPublicKey(type, 0, raw, (nuint)bytes.Length), "EVP_PKEY_new_raw_public_key");
        }
    }

    /// <summary>Computes the public key of a private one.</summary>
    public static void ComputePublic(int type, ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        Lengths.Demand(publicKey, Length);
        var key = NewPrivate(type, privateKey);
        try
        {
            nuint length = Length;
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
}
