using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels.Messages;

/// <summary>SSH_MSG_REQUEST_FAILURE: our answer to every global request that we do not know.</summary>
internal readonly struct RequestFailureMessage : IOutgoingMessage
{
    public int MaxLength => 1;

    public void Write(ref SshWriter writer) => writer.WriteByte(MessageNumber.RequestFailure);
}
