using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>
/// MUX_C_CLOSE_SESSION: ends a session of the master, whatever its program does (extension "sessions@sshmux"); the answer
/// is MUX_S_OK, or MUX_S_FAILURE.
/// </summary>
/// <param name="RequestId">Echoed in the reply.</param>
/// <param name="Session">Its number or its name.</param>
internal sealed record MuxCloseSession(uint RequestId, string Session) : MuxRequest(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x53000005;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => SshWriter.StringLength(Session);

    /// <summary>Reads what follows the id.</summary>
    public static MuxCloseSession Read(uint requestId, ref SshReader reader) =>
        new(requestId, MuxFields.ReadText(ref reader));

    /// <inheritdoc />
    public override void Validate() => MuxFields.DemandText(Session);

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer) => writer.WriteString(Session);
}
