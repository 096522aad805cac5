namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>MUX_C_TERMINATE.</summary>
internal sealed record MuxTerminate(uint RequestId) : MuxRequest(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x10000005;

    /// <inheritdoc />
    public override uint Type => Number;
}
