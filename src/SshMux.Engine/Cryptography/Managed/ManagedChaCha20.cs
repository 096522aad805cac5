using System.Buffers.Binary;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>ChaCha20 by BouncyCastle. It keeps a copy of the key that cannot be wiped.</summary>
internal sealed class ManagedChaCha20 : IChaCha20
{
    private readonly Engine _engine = new();
    private readonly KeyParameter _key;

    public ManagedChaCha20(ReadOnlySpan<byte> key)
    {
        Lengths.Demand(key, IChaCha20.KeyLength);
        _key = new KeyParameter(key);
    }

    public void Apply(ulong nonce, uint firstBlock, Span<byte> data)
    {
        Span<byte> iv = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(iv, nonce);
        _engine.FirstBlock = firstBlock;
        _engine.Init(true, new ParametersWithIV(_key, iv));
        _engine.ProcessBytes(data, data);
    }

    public void Dispose()
    {
        // BouncyCastle has nothing to call.
    }

    /// <summary>BouncyCastle's, which begins with a block that we say.</summary>
    private sealed class Engine : ChaChaEngine
    {
        public uint FirstBlock { get; set; }

        protected override void ResetCounter()
        {
            base.ResetCounter();
            for (var i = 0u; i < FirstBlock; i++) AdvanceCounter();
        }
    }
}
