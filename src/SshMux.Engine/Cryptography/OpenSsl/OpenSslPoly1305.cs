using System.Runtime.InteropServices;
using static SshMux.Engine.Cryptography.OpenSsl.LibCrypto;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>Poly1305 by libcrypto, which wipes the last key as it frees it.</summary>
internal sealed unsafe class OpenSslPoly1305 : SafeHandle, IPoly1305
{
    public OpenSslPoly1305()
        : base(0, ownsHandle: true)
    {
        ChaChaPolyFunctions.Demand();
        SetHandle(Check(ChaChaPolyFunctions.NewMacContext(ChaChaPolyFunctions.Poly1305), "EVP_MAC_CTX_new"));
    }

    public override bool IsInvalid => handle == 0;

    public void ComputeTag(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> tag)
    {
        Lengths.Demand(key, IPoly1305.KeyLength);
        Lengths.Demand(tag, IPoly1305.TagLength);
        var held = false;
        try
        {
            DangerousAddRef(ref held);
            nuint length;
            fixed (byte* k = key, d = NotNull(data), t = tag)
            {
                Check(ChaChaPolyFunctions.MacInit(handle, k, (nuint)key.Length, 0), "EVP_MAC_init");
                Check(ChaChaPolyFunctions.MacUpdate(handle, d, (nuint)data.Length), "EVP_MAC_update");
                Check(ChaChaPolyFunctions.MacFinal(handle, t, &length, (nuint)tag.Length), "EVP_MAC_final");
            }
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }

    protected override bool ReleaseHandle()
    {
        ChaChaPolyFunctions.FreeMacContext(handle);
        return true;
    }
}
