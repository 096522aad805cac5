using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <summary>A message that is encoded already.</summary>
internal readonly ref struct RawMessage(ReadOnlySpan<byte> message) : IOutgoingMessage
{
    private readonly ReadOnlySpan<byte> _message = message;

    public int MaxLength => _message.Length;

    public void Write(ref SshWriter writer) => writer.WriteBytes(_message);
}
