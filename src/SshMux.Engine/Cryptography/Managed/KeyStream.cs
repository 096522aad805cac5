using System.Numerics;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>How a stream cipher encrypts and decrypts.</summary>
internal static class KeyStream
{
    /// <summary>Adds a key stream to data of the same length, in place and bit by bit.</summary>
    public static void Apply(ReadOnlySpan<byte> stream, Span<byte> data)
    {
        while (data.Length >= Vector<byte>.Count)
        {
            (new Vector<byte>(data) ^ new Vector<byte>(stream)).CopyTo(data);
            data = data[Vector<byte>.Count..];
            stream = stream[Vector<byte>.Count..];
        }

        for (var i = 0; i < data.Length; i++) data[i] ^= stream[i];
    }
}
