namespace SshMux.PowerShell.Running;

/// <summary>One command's place in a <see cref="SharedInput"/>.</summary>
internal sealed class SharedInputReader(SharedInput input) : InputReader
{
    /// <summary>How many bytes it has read; guarded by the input's lock.</summary>
    internal long Position { get; set; }

    /// <summary>Whether the pipeline keeps its pace; guarded by the input's lock.</summary>
    internal bool IsStarted { get; set; }

    /// <summary>From now on the pipeline waits for this reader.</summary>
    public override void Start() => input.Started(this);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        input.ReadAsync(this, buffer, cancellationToken);

    public override void Dispose() => input.Remove(this);
}
