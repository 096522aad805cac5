using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>
/// MUX_C_LIST_SESSIONS: asks for the master's sessions (extension "sessions@sshmux"); the answer is
/// <see cref="MuxSessions"/>.
/// </summary>
/// <param name="RequestId">Echoed in the reply.</param>
/// <param name="After">Only those with larger numbers, for a list that needs several messages; 0 for all.</param>
internal sealed record MuxListSessions(uint RequestId, uint After) : MuxRequest(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x53000003;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => 4;

    /// <summary>Reads what follows the id.</summary>
    public static MuxListSessions Read(uint requestId, ref SshReader reader) => new(requestId, reader.ReadUInt32());

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer) => writer.WriteUInt32(After);
}
