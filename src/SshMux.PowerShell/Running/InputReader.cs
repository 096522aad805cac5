namespace SshMux.PowerShell.Running;

/// <summary>What one command reads on its standard input.</summary>
internal abstract class InputReader : IDisposable
{
    /// <summary>The command is about to be started.</summary>
    public abstract void Start();

    /// <summary>Reads what is there, or waits for more; 0 is the end.</summary>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Takes no more.</summary>
    public abstract void Dispose();
}
