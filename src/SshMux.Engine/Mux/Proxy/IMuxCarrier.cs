namespace SshMux.Engine.Mux.Proxy;

/// <summary>
/// What carries the bytes of a control connection both ways. For one read and one write at a time; disposing it, from any
/// thread, ends both.
/// </summary>
internal interface IMuxCarrier : IDisposable
{
    /// <summary>Receives what there is, and waits for it if there is nothing; 0 bytes are the end.</summary>
    /// <exception cref="IOException">The connection is broken.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Completes when the system has taken all.</summary>
    /// <exception cref="IOException">The connection is broken: whoever reads sees the end, too.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> bytes);
}
