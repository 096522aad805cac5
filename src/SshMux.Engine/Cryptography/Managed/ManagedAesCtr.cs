using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>AES-CTR by BouncyCastle. It keeps a key schedule that cannot be wiped.</summary>
internal sealed class ManagedAesCtr : IAesCtr
{
    private const int Block = 16;

    private readonly SicBlockCipher _mode = new(AesUtilities.CreateEngine());

    /// <summary>The key stream of the block that was begun.</summary>
    private readonly byte[] _stream = Pinned.Bytes(Block);

    private int _used = Block;

    public ManagedAesCtr(ReadOnlySpan<byte> key, ReadOnlySpan<byte> initialCounter)
    {
        Lengths.Demand(initialCounter, Block);
        if (key.Length is not (16 or 24 or 32))
        {
            throw new ArgumentException($"AES has no keys of {key.Length} bytes", nameof(key));
        }

        _mode.Init(forEncryption: true, new ParametersWithIV(new KeyParameter(key), initialCounter));
    }

    public void Apply(Span<byte> data)
    {
        data = data[TakeBegun(data)..];
        for (; data.Length >= Block; data = data[Block..]) _mode.ProcessBlock(data, data);
        if (data.IsEmpty) return;
        CryptographicOperations.ZeroMemory(_stream);
        _mode.ProcessBlock(_stream, _stream);
        _used = 0;
        TakeBegun(data);
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_stream);

    /// <summary>Uses what is left of the block that was begun, and tells for how many bytes it was enough.</summary>
    private int TakeBegun(Span<byte> data)
    {
        var length = Math.Min(data.Length, Block - _used);
        for (var i = 0; i < length; i++) data[i] ^= _stream[_used + i];
        _used += length;
        return length;
    }
}
