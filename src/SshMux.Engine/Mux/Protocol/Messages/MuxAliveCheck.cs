namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>MUX_C_ALIVE_CHECK: asks whether the master is there, and for its process id.</summary>
internal sealed record MuxAliveCheck(uint RequestId) : MuxRequest(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x10000004;

    /// <inheritdoc />
    public override uint Type => Number;
}
