namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>MUX_S_PROXY: the control connection speaks SSH connection messages from here on.</summary>
internal sealed record MuxProxyReply(uint RequestId) : MuxReply(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x8000000f;

    /// <inheritdoc />
    public override uint Type => Number;
}
