using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>
/// MUX_C_RENAME_SESSION: gives a session of the master another name (extension "sessions@sshmux"); the answer is MUX_S_OK,
/// or MUX_S_FAILURE.
/// </summary>
/// <param name="RequestId">Echoed in the reply.</param>
/// <param name="Session">Its number or its name.</param>
/// <param name="NewName">The new name; empty for none.</param>
internal sealed record MuxRenameSession(uint RequestId, string Session, string NewName) : MuxRequest(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x53000006;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => SshWriter.StringLength(Session) + SshWriter.StringLength(NewName);

    /// <summary>Reads what follows the id.</summary>
    public static MuxRenameSession Read(uint requestId, ref SshReader reader) =>
        new(requestId, MuxFields.ReadText(ref reader), MuxFields.ReadText(ref reader));

    /// <inheritdoc />
    public override void Validate()
    {
        MuxFields.DemandText(Session);
        MuxFields.DemandText(NewName);
    }

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer)
    {
        writer.WriteString(Session);
        writer.WriteString(NewName);
    }
}
