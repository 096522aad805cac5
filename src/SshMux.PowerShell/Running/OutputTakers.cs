using System.Buffers;
using System.Text;

namespace SshMux.PowerShell.Running;

/// <summary>Reads a stream of a command to its end, in one form or another.</summary>
internal delegate Task OutputTaker(Stream source, CancellationToken cancellationToken);

/// <summary>The forms in which output is taken.</summary>
internal static class OutputTakers
{
    private const int BufferSize = 64 * 1024;
    private const int LargeBufferSize = 256 * 1024;

    /// <summary>As lines of text, as they come. The list is used again when the task is done.</summary>
    public static OutputTaker Lines(Encoding encoding, Func<List<string>, Task> take) =>
        async (source, cancellationToken) =>
        {
            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            var decoder = new LineDecoder(encoding);
            List<string> lines = [];
            try
            {
                int count;
                while ((count = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
                {
                    decoder.Decode(buffer.AsSpan(0, count), lines);
                    if (lines.Count == 0) continue;
                    await take(lines).ConfigureAwait(false);
                    lines.Clear();
                }

                decoder.Finish(lines);
                if (lines.Count > 0) await take(lines).ConfigureAwait(false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        };

    /// <summary>As bytes, as they come.</summary>
    public static OutputTaker Chunks(Func<byte[], Task> take) =>
        async (source, cancellationToken) =>
        {
            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                int count;
                while ((count = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
                {
                    await take(buffer.AsSpan(0, count).ToArray()).ConfigureAwait(false);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        };

    /// <summary>
    /// Into a file or memory, as it comes. These are written without going over to another thread, which would take
    /// longer than most writes do.
    /// </summary>
    public static OutputTaker Into(Stream target) =>
        async (source, cancellationToken) =>
        {
            var buffer = ArrayPool<byte>.Shared.Rent(LargeBufferSize);
            try
            {
                int count;
                while ((count = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
                {
                    target.Write(buffer, 0, count);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        };
}
