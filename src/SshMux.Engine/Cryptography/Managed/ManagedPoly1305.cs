using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>Poly1305 by BouncyCastle. It keeps a copy of the last key that cannot be wiped.</summary>
internal sealed class ManagedPoly1305 : IPoly1305
{
    private readonly Poly1305 _mac = new();

    public void ComputeTag(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> tag)
    {
        Lengths.Demand(key, IPoly1305.KeyLength);
        Lengths.Demand(tag, IPoly1305.TagLength);
        _mac.Init(new KeyParameter(key));
        _mac.BlockUpdate(data);
        _mac.DoFinal(tag);
    }

    public void Dispose()
    {
        // BouncyCastle has nothing to call.
    }
}
