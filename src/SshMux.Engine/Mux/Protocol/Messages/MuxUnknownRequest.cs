namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>A message of a type that we do not know, but with a request id to answer to.</summary>
internal sealed record MuxUnknownRequest(uint RequestId, uint Number) : MuxRequest(RequestId)
{
    /// <inheritdoc />
    public override uint Type => Number;
}
