using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>
/// AES-CTR of blocks that .NET encrypts, many at once: that is the processor's AES on every system, which BouncyCastle
/// has for one kind of processor only and, in its own counter mode, block by block (docs/decisions/0002 has the rates).
/// </summary>
internal sealed class ManagedAesCtr : IAesCtr
{
    private const int Block = 16;
    private const int LongestStep = 4096; // it stays in the processor's nearest cache

    private readonly ICryptoTransform _encryptor;

    /// <summary>The counters of the next blocks, and then the key stream that they become.</summary>
    private readonly byte[] _stream = Pinned.Bytes(LongestStep);

    private UInt128 _counter;
    private int _used;
    private int _filled;

    public ManagedAesCtr(ReadOnlySpan<byte> key, ReadOnlySpan<byte> initialCounter)
    {
        Lengths.Demand(initialCounter, Block);
        if (key.Length is not (16 or 24 or 32))
        {
            throw new ArgumentException($"AES has no keys of {key.Length} bytes", nameof(key));
        }

        _counter = BinaryPrimitives.ReadUInt128BigEndian(initialCounter);
        var copy = Pinned.Copy(key);
        try
        {
            _encryptor = CreateEncryptor(copy);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }
    }

    public void Apply(Span<byte> data)
    {
        while (!data.IsEmpty)
        {
            if (_used == _filled) Fill(data.Length);
            var length = Math.Min(data.Length, _filled - _used);
            KeyStream.Apply(_stream.AsSpan(_used, length), data[..length]);
            _used += length;
            data = data[length..];
        }
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_stream);
        _encryptor.Dispose();
    }

    /// <summary>Makes as much of the key stream as is asked for, up to whole blocks.</summary>
    private void Fill(int wanted)
    {
        var length = Math.Min((wanted + Block - 1) / Block * Block, LongestStep);
        var words = MemoryMarshal.Cast<byte, ulong>(_stream.AsSpan(0, length));
        for (var i = 0; i < words.Length; i += 2, _counter++)
        {
            words[i] = BigEndian((ulong)(_counter >> 64));
            words[i + 1] = BigEndian((ulong)_counter);
        }

        _filled = _encryptor.TransformBlock(_stream, 0, length, _stream, 0);
        _used = 0;
    }

    private static ulong BigEndian(ulong number) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(number) : number;

#pragma warning disable CA5358 // What is encrypted are counters, of which no two are alike: that is what CTR is.
    private static ICryptoTransform CreateEncryptor(byte[] key)
    {
        using var aes = Aes.Create();
        aes.Mode = CipherMode.ECB;
        aes.Padding = PaddingMode.None;
        return aes.CreateEncryptor(key, rgbIV: null);
    }
#pragma warning restore CA5358
}
