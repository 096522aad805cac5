using System.Buffers.Binary;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Engines;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>
/// ChaCha20 by BouncyCastle and, for what is long, by .NET where it has ChaCha20-Poly1305 (RFC 8439): that begins with the
/// same block as OpenSSH's packets do, and is ten times as fast. Its tag is over other data than OpenSSH's, so it is dropped.
/// </summary>
internal sealed class ManagedChaCha20 : IChaCha20
{
    private const int NonceLength = 8;
    private const int Long = 256;

    private static readonly bool SystemHasIt = ChaCha20Poly1305.IsSupported;

    private readonly Engine _engine;
    private readonly byte[] _key;
    private ChaCha20Poly1305? _system;

    public ManagedChaCha20(ReadOnlySpan<byte> key)
    {
        Lengths.Demand(key, IChaCha20.KeyLength);
        _key = Pinned.Copy(key);
        _engine = new Engine(_key);
    }

    public void Apply(ulong nonce, uint firstBlock, Span<byte> data)
    {
        if (firstBlock != 1 || data.Length < Long || !SystemHasIt)
        {
            _engine.Apply(nonce, firstBlock, data);
            return;
        }

        // RFC 8439 has a counter of 32 bits and a nonce of 96, whose first 32 are the counter's other half here.
        Span<byte> longNonce = stackalloc byte[4 + NonceLength];
        longNonce.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(longNonce[4..], nonce);
        Span<byte> dropped = stackalloc byte[IPoly1305.TagLength];
        _system ??= new ChaCha20Poly1305(_key);
        _system.Encrypt(longNonce, data, data, dropped);
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_key);
        _engine.Wipe();
        _system?.Dispose();
    }

    /// <summary>
    /// BouncyCastle's, a block at a time: it begins with one that we say, and its key can be taken out of it again.
    /// </summary>
    private sealed class Engine : ChaChaEngine
    {
        private readonly byte[] _nonce = new byte[NonceLength];
        private readonly byte[] _stream = Pinned.Bytes(64);

        public Engine(byte[] key) => SetKey(key, _nonce);

        public void Apply(ulong nonce, uint firstBlock, Span<byte> data)
        {
            BinaryPrimitives.WriteUInt64BigEndian(_nonce, nonce);
            SetKey(null, _nonce);
            ResetCounter();
            for (var i = 0u; i < firstBlock; i++) AdvanceCounter();
            while (!data.IsEmpty)
            {
                GenerateKeyStream(_stream);
                AdvanceCounter();
                var length = Math.Min(data.Length, _stream.Length);
                KeyStream.Apply(_stream.AsSpan(0, length), data[..length]);
                data = data[length..];
            }
        }

        public void Wipe()
        {
            SetKey(new byte[IChaCha20.KeyLength], _nonce);
            CryptographicOperations.ZeroMemory(_stream);
        }
    }
}
