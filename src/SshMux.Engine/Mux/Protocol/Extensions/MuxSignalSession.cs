using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>
/// MUX_C_SIGNAL_SESSION: sends a signal to the program of any session of the master (extension "sessions@sshmux"); the
/// answer is MUX_S_OK, or MUX_S_FAILURE with why it was not sent.
/// </summary>
/// <param name="RequestId">Echoed in the reply.</param>
/// <param name="Session">Its number or its name.</param>
/// <param name="Name">The signal without SIG: "INT", "TERM", ...</param>
internal sealed record MuxSignalSession(uint RequestId, string Session, string Name) : MuxRequest(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x53000004;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => SshWriter.StringLength(Session) + SshWriter.StringLength(Name);

    /// <summary>Reads what follows the id.</summary>
    public static MuxSignalSession Read(uint requestId, ref SshReader reader) =>
        new(requestId, MuxFields.ReadText(ref reader), MuxFields.ReadText(ref reader));

    /// <inheritdoc />
    public override void Validate()
    {
        MuxFields.DemandText(Session);
        MuxFields.DemandText(Name);
    }

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer)
    {
        writer.WriteString(Session);
        writer.WriteString(Name);
    }
}
