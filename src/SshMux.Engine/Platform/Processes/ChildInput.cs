namespace SshMux.Engine.Platform.Processes;

/// <summary>The end here of the pipe that a child process reads. Disposing it is the end of what it reads.</summary>
internal abstract class ChildInput : IDisposable
{
    /// <summary>Writes all; false if the program reads no more, or once disposed.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; a part may be written.</exception>
    public abstract ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract void Dispose();
}
