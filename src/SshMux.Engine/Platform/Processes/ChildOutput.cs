namespace SshMux.Engine.Platform.Processes;

/// <summary>The end here of the pipe that a child process writes to.</summary>
internal abstract class ChildOutput : IDisposable
{
    /// <summary>Reads what is there, and waits for it if there is nothing yet; 0 at the end, or once disposed.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled while it waited.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract void Dispose();
}
