using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>MUX_S_REMOTE_PORT: the port that the server chose for a remote forward with listen port 0.</summary>
internal sealed record MuxRemotePort(uint RequestId, uint Port) : MuxReply(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x80000007;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => 4;

    /// <summary>Reads what follows the id.</summary>
    public static MuxRemotePort Read(uint requestId, ref SshReader reader) =>
        new(requestId, reader.ReadUInt32());

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer) => writer.WriteUInt32(Port);
}
