using System.Security.Cryptography;
using static SshMux.Engine.Cryptography.OpenSsl.LibCrypto;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>X25519 by libcrypto.</summary>
internal sealed unsafe class OpenSslX25519 : IX25519
{
    public void PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey) =>
        OpenSslRawKey.ComputePublic(OpenSslRawKey.X25519, privateKey, publicKey);

    public bool TryDerive(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> secret)
    {
        Lengths.Demand(secret, IX25519.KeyLength);
        nint mine = 0, peer = 0, context = 0;
        try
        {
            mine = OpenSslRawKey.NewPrivate(OpenSslRawKey.X25519, privateKey);
            peer = OpenSslRawKey.NewPublic(OpenSslRawKey.X25519, peerPublicKey);
            context = Check(Api.NewKeyContext(mine, 0), "EVP_PKEY_CTX_new");
            Check(Api.DeriveInit(context), "EVP_PKEY_derive_init");
            Check(Api.DeriveSetPeer(context, peer), "EVP_PKEY_derive_set_peer");
            nuint length = IX25519.KeyLength;
            int result;
            fixed (byte* output = secret) result = Api.Derive(context, output, &length);

            // OpenSSL refuses the all-zero result itself; other libraries of that name may not.
            if (result == 1 && length == IX25519.KeyLength && !IsZero(secret)) return true;
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

    private static bool IsZero(ReadOnlySpan<byte> bytes)
    {
        Span<byte> zero = stackalloc byte[IX25519.KeyLength];
        zero.Clear();
        return CryptographicOperations.FixedTimeEquals(bytes, zero);
    }
}
