using System.Buffers.Binary;
using SshMux.Engine.Mux.Proxy;

namespace SshMux.Engine.Tests.Mux.Proxy;

public sealed class MuxProxyFrameBufferTests
{
    private readonly MuxProxyFrameBuffer _buffer = new();

    [Fact]
    public void Frames_are_the_same_in_whatever_pieces_they_come()
    {
        byte[] bytes = [.. Frame(94, 1, 2, 3), .. Frame(97, 4)];
        foreach (var value in bytes) Receive([value]);
        Assert.Equal([94, 1, 2, 3], Take());
        Assert.Equal([97, 4], Take());
        Assert.Null(Take());
        Receive(bytes);
        Assert.Equal([94, 1, 2, 3], Take());
        Assert.Equal([97, 4], Take());
        Assert.Null(Take());
    }

    [Fact]
    public void The_longest_frame_is_taken_also_behind_another()
    {
        var longest = new byte[MuxProxyFrameBuffer.MaxFrameLength - 1];
        Random.Shared.NextBytes(longest);
        byte[] bytes = [.. Frame(97), .. Frame(longest)];
        List<byte[]> taken = [];
        for (var sent = 0; sent < bytes.Length;)
        {
            var room = _buffer.MakeRoom();
            var count = Math.Min(room.Length, bytes.Length - sent);
            bytes.AsMemory(sent, count).CopyTo(room);
            _buffer.Add(count);
            sent += count;
            while (Take() is { } message) taken.Add(message);
        }

        Assert.Equal([97], taken[0]);
        Assert.Equal(longest, taken[1]);
        Assert.Equal(2, taken.Count);
        _buffer.Free();
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(256u * 1024 + 1)]
    [InlineData(uint.MaxValue)]
    public void An_impossible_length_is_an_error_as_soon_as_it_is_seen(uint length)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, length);
        Receive(bytes);
        Assert.Equal(SshError.MuxProtocolError, Assert.Throws<SshException>(() => Take()).Error);
    }

    private static byte[] Frame(params byte[] message)
    {
        var frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)(1 + message.Length));
        message.CopyTo(frame, 5);
        return frame;
    }

    private void Receive(byte[] bytes)
    {
        bytes.CopyTo(_buffer.MakeRoom());
        _buffer.Add(bytes.Length);
    }

    private byte[]? Take() => _buffer.TryRead(out var message) ? message.ToArray() : null;
}
