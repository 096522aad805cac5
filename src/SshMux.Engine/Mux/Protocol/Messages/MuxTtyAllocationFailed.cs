namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>MUX_S_TTY_ALLOC_FAIL: the server gave no terminal; the session goes on without one.</summary>
internal sealed record MuxTtyAllocationFailed(uint SessionId) : MuxMessage
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x80000008;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override uint First => SessionId;
}
