namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>MUX_S_OK.</summary>
internal sealed record MuxOk(uint RequestId) : MuxReply(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x80000001;

    /// <inheritdoc />
    public override uint Type => Number;
}
