using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>MUX_S_ALIVE, with the master's process id.</summary>
internal sealed record MuxAlive(uint RequestId, uint ProcessId) : MuxReply(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x80000005;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => 4;

    /// <summary>Reads what follows the id.</summary>
    public static MuxAlive Read(uint requestId, ref SshReader reader) =>
        new(requestId, reader.ReadUInt32());

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer) => writer.WriteUInt32(ProcessId);
}
