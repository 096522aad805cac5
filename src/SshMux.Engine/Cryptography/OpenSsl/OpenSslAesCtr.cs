using System.Runtime.InteropServices;
using static SshMux.Engine.Cryptography.OpenSsl.LibCrypto;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>AES-CTR by libcrypto, which wipes the key schedule as it frees it.</summary>
internal sealed unsafe class OpenSslAesCtr : SafeHandle, IAesCtr
{
    public OpenSslAesCtr(ReadOnlySpan<byte> key, ReadOnlySpan<byte> initialCounter)
        : base(0, ownsHandle: true)
    {
        Lengths.Demand(initialCounter, 16);
        var cipher = key.Length switch
        {
            16 => Api.Aes128Ctr(),
            24 => Api.Aes192Ctr(),
            32 => Api.Aes256Ctr(),
            _ => throw new ArgumentException($"AES has no keys of {key.Length} bytes", nameof(key)),
        };
        SetHandle(Check(Api.NewCipherContext(), "EVP_CIPHER_CTX_new"));
        fixed (byte* k = key, iv = initialCounter)
        {
            Check(Api.EncryptInit(handle, cipher, 0, k, iv), "EVP_EncryptInit_ex");
        }
    }

    public override bool IsInvalid => handle == 0;

    public void Apply(Span<byte> data)
    {
        if (data.IsEmpty) return;
        var held = false;
        try
        {
            DangerousAddRef(ref held);
            int written;
            fixed (byte* p = data)
            {
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
