using System.Diagnostics;
using System.Threading.Channels;
using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>
/// Makes the streams of a server near by those of one at the end of a long path, behind a window as sshd's: so many bytes
/// a round trip may go there, and replies take a round trip to come.
/// </summary>
internal static class LongPathStreams
{
    public static TimeSpan RoundTrip => TimeSpan.FromMilliseconds(100);

    private const int Window = 2 * 1024 * 1024;

    /// <summary>What goes to the server.</summary>
    public sealed class Requests(Stream inner) : UnseekableStream
    {
        private long _written;
        private long _due = Stopwatch.GetTimestamp();

        public long Written => Volatile.Read(ref _written);

        public override bool CanWrite => true;

        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var time = RoundTrip * ((double)buffer.Length / Window);
            _due = Math.Max(_due, Stopwatch.GetTimestamp()) + (long)(time.TotalSeconds * Stopwatch.Frequency);
            await inner.WriteAsync(buffer, cancellationToken);
            await inner.FlushAsync(cancellationToken);
            Interlocked.Add(ref _written, buffer.Length);
            var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), _due);
            if (wait > TimeSpan.FromMilliseconds(1)) await Task.Delay(wait, cancellationToken);
        }
    }

    /// <summary>What comes from the server.</summary>
    public sealed class Replies : UnseekableStream
    {
        private readonly Channel<(byte[] Data, long Read)> _path = Channel.CreateUnbounded<(byte[] Data, long Read)>();
        private ReadOnlyMemory<byte> _rest;

        public Replies(Stream inner) => _ = PassAsync(inner);

        public override bool CanRead => true;

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_rest.IsEmpty)
            {
                if (!await _path.Reader.WaitToReadAsync(cancellationToken)) return 0;
                var (data, read) = await _path.Reader.ReadAsync(cancellationToken);
                var wait = RoundTrip - Stopwatch.GetElapsedTime(read);
                if (wait > TimeSpan.Zero) await Task.Delay(wait, cancellationToken);
                _rest = data;
            }

            var count = Math.Min(buffer.Length, _rest.Length);
            _rest[..count].CopyTo(buffer);
            _rest = _rest[count..];
            return count;
        }

        private async Task PassAsync(Stream inner)
        {
            var buffer = new byte[64 * 1024];
            try
            {
                int count;
                while ((count = await inner.ReadAsync(buffer)) > 0)
                {
                    _path.Writer.TryWrite((buffer[..count], Stopwatch.GetTimestamp()));
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The server is gone.
            }

            _path.Writer.Complete();
        }
    }
}
