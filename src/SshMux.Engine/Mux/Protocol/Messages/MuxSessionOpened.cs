using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>MUX_S_SESSION_OPENED, for sessions and stdio forwards.</summary>
internal sealed record MuxSessionOpened(uint RequestId, uint SessionId) : MuxReply(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x80000006;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => 4;

    /// <summary>Reads what follows the id.</summary>
    public static MuxSessionOpened Read(uint requestId, ref SshReader reader) =>
        new(requestId, reader.ReadUInt32());

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer) => writer.WriteUInt32(SessionId);
}
