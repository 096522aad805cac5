namespace SshMux.Engine.Mux.Proxy;

/// <summary>Streams that carry a control connection: two, or one both ways.</summary>
/// <param name="input">What the peer says. Disposing it ends a pending read, as with pipes and sockets.</param>
/// <param name="output">What it is told; may be the same. Disposing it ends a pending write.</param>
internal sealed class MuxStreamCarrier(Stream input, Stream output) : IMuxCarrier
{
    private int _disposed;

    /// <inheritdoc/>
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return await input.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        try
        {
            await output.WriteAsync(bytes).ConfigureAwait(false);
            await output.FlushAsync().ConfigureAwait(false);
        }
        catch
        {
            // Of two pipes the one may be broken, and the other not: who reads would wait for ever.
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        OneByOne.Guard(output.Dispose, static _ => { });
        OneByOne.Guard(input.Dispose, static _ => { });
    }
}
