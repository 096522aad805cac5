namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>A request of a client; the master echoes the id in its reply.</summary>
internal abstract record MuxRequest(uint RequestId) : MuxMessage
{
    /// <inheritdoc />
    public sealed override uint First => RequestId;
}
