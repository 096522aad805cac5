using static SshMux.Engine.Cryptography.OpenSsl.LibCrypto;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>Ed25519 by libcrypto.</summary>
internal sealed unsafe class OpenSslEd25519 : IEd25519
{
    public void PublicKey(ReadOnlySpan<byte> seed, Span<byte> publicKey) =>
        OpenSslRawKey.ComputePublic(OpenSslRawKey.Ed25519, seed, publicKey);

    public void Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> data, Span<byte> signature)
    {
        Lengths.Demand(signature, IEd25519.SignatureLength);
        nint key = 0, context = 0;
        try
        {
            key = OpenSslRawKey.NewPrivate(OpenSslRawKey.Ed25519, seed);
            context = Check(Api.NewDigestContext(), "EVP_MD_CTX_new");
            Check(Api.DigestSignInit(context, 0, 0, 0, key), "EVP_DigestSignInit");
            nuint length = IEd25519.SignatureLength;
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

    public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        Lengths.Demand(publicKey, IEd25519.KeyLength);
        if (signature.Length != IEd25519.SignatureLength) return false;
        nint key = 0, context = 0;
        try
        {
            key = OpenSslRawKey.NewPublic(OpenSslRawKey.Ed25519, publicKey);
            context = Check(Api.NewDigestContext(), "EVP_MD_CTX_new");
            Check(Api.DigestVerifyInit(context, 0, 0, 0, key), "EVP_DigestVerifyInit");
            fixed (byte* expected = signature, input = NotNull(data))
            {
                return Succeeded(
                    Api.DigestVerify(context, expected, (nuint)signature.Length, input, (nuint)data.Length));
            }
        }
        finally
        {
            Api.FreeDigestContext(context);
            Api.FreeKey(key);
        }
    }
}
