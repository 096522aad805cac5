namespace SshMux.PowerShell.Running;

/// <summary>One command's place in a <see cref="SharedInput"/>.</summary>
internal sealed class SharedInputReader(SharedInput input) : IDisposable
{
    /// <summary>How many bytes it has read; guarded by the input's lock.</summary>
    internal long Position { get; set; }

    /// <summary>Whether the pipeline keeps its pace; guarded by the input's lock.</summary>
    internal bool IsStarted { get; set; }

    /// <summary>From now on the pipeline waits for this reader.</summary>
    public void Start() => input.Started(this);

    /// <summary>Reads what is there, or waits for more; 0 is the end.</summary>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        input.ReadAsync(this, buffer, cancellationToken);

    /// <summary>Takes no more.</summary>
    public void Dispose() => input.Remove(this);
}
