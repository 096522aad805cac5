namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>MUX_C_STOP_LISTENING.</summary>
internal sealed record MuxStopListening(uint RequestId) : MuxRequest(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x10000009;

    /// <inheritdoc />
    public override uint Type => Number;
}
