using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Engine.Tests.Platform;

/// <summary>What all streams over a network have in common.</summary>
public class UnseekableStreamTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void There_is_no_position()
    {
        using var stream = new Both();
        Assert.False(stream.CanSeek);
        Assert.Throws<NotSupportedException>(() => stream.Length);
        Assert.Throws<NotSupportedException>(() => stream.Position);
        Assert.Throws<NotSupportedException>(() => stream.Position = 0);
        Assert.Throws<NotSupportedException>(() => stream.Seek(0, SeekOrigin.Begin));
        Assert.Throws<NotSupportedException>(() => stream.SetLength(0));
    }

#pragma warning disable CA1835 // The older forms are what is tested.
    [Fact]
    public async Task All_forms_of_reading_and_writing_lead_to_one()
    {
        await using var stream = new Both();
        byte[] data = [0, 1, 2, 3];
        stream.Write(data, 1, 2);
        await stream.WriteAsync(data, 3, 1, Stop);
        stream.WriteByte(9);
        stream.Write(data.AsSpan(0, 1));
        stream.Flush();
        Assert.Equal([1, 2, 3, 9, 0], stream.Written.ToArray());

        var buffer = new byte[4];
        Assert.Equal(2, stream.Read(buffer, 1, 2));
        Assert.Equal(1, await stream.ReadAsync(buffer, 3, 1, Stop));
        Assert.Equal([0, 7, 7, 7], buffer);
        Assert.Equal(7, stream.ReadByte());
    }
#pragma warning restore CA1835

    [Fact]
    public async Task A_direction_that_is_left_out_is_not_supported()
    {
        await using var stream = new Neither();
        Assert.False(stream.CanRead || stream.CanWrite);
        Assert.Throws<NotSupportedException>(() => stream.Read(new byte[1], 0, 1));
        Assert.Throws<NotSupportedException>(() => stream.Write(new byte[1], 0, 1));
        await Assert.ThrowsAsync<NotSupportedException>(() => stream.ReadAsync(new byte[1], Stop).AsTask());
        await Assert.ThrowsAsync<NotSupportedException>(() => stream.WriteAsync(new byte[1], Stop).AsTask());
    }

    private sealed class Neither : UnseekableStream;

    private sealed class Both : UnseekableStream
    {
        public MemoryStream Written { get; } = new();

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill(7);
            return new(buffer.Length);
        }

        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            Written.WriteAsync(buffer, cancellationToken);
    }
}
