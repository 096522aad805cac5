namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>MUX_C_PROXY.</summary>
internal sealed record MuxProxyRequest(uint RequestId) : MuxRequest(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x1000000f;

    /// <inheritdoc />
    public override uint Type => Number;
}
