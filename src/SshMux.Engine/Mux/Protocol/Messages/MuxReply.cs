namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>The master's reply to the request with this id.</summary>
internal abstract record MuxReply(uint RequestId) : MuxMessage
{
    /// <inheritdoc />
    public sealed override uint First => RequestId;
}
