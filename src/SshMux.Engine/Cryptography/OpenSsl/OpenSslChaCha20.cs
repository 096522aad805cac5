using System.Buffers.Binary;
using System.Runtime.InteropServices;
using static SshMux.Engine.Cryptography.OpenSsl.LibCrypto;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>ChaCha20 by libcrypto, which wipes the key as it frees it.</summary>
internal sealed unsafe class OpenSslChaCha20 : SafeHandle, IChaCha20
{
    public OpenSslChaCha20(ReadOnlySpan<byte> key)
        : base(0, ownsHandle: true)
    {
        ChaChaPolyFunctions.Demand();
        Lengths.Demand(key, IChaCha20.KeyLength);
        SetHandle(Check(Api.NewCipherContext(), "EVP_CIPHER_CTX_new"));
        fixed (byte* k = key)
        {
            Check(Api.EncryptInit(handle, ChaChaPolyFunctions.ChaCha20(), 0, k, null), "EVP_EncryptInit_ex");
        }
    }

    public override bool IsInvalid => handle == 0;

    public void Apply(ulong nonce, uint firstBlock, Span<byte> data)
    {
        Span<byte> iv = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(iv, firstBlock);
        BinaryPrimitives.WriteUInt64BigEndian(iv[8..], nonce);
        var held = false;
        try
        {
            DangerousAddRef(ref held);
            int written;
            fixed (byte* p = data, i = iv)
            {
                Check(Api.EncryptInit(handle, 0, 0, null, i), "EVP_EncryptInit_ex");
                Check(Api.EncryptUpdate(handle, p, &written, p, data.Length), "EVP_EncryptUpdate");
            }
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }

    protected override bool ReleaseHandle()
    {
        Api.FreeCipherContext(handle);
        return true;
    }
}
