using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>MUX_S_EXIT_MESSAGE: the remote program's exit status. Output may still come.</summary>
internal sealed record MuxExitMessage(uint SessionId, uint ExitValue) : MuxMessage
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x80000004;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override uint First => SessionId;

    /// <inheritdoc />
    public override long FieldsLength => 4;

    /// <summary>Reads what follows the id.</summary>
    public static MuxExitMessage Read(uint sessionId, ref SshReader reader) =>
        new(sessionId, reader.ReadUInt32());

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer) => writer.WriteUInt32(ExitValue);
}
