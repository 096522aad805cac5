namespace SshMux.Engine.Platform.Sockets;

/// <summary>Reads from a socket for a while. To dispose it leaves the socket as it is.</summary>
internal interface ISocketReader : IDisposable
{
    /// <summary>Reads what there is, and waits for it; 0 is the end, or that the connection is broken.</summary>
    ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);
}
