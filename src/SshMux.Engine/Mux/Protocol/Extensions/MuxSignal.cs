using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>
/// Sends a signal to the program of the session that this control connection has (extension "signal@sshmux"); the
/// answer is MUX_S_OK, or MUX_S_FAILURE if the server refuses. The number is far from those of OpenSSH.
/// </summary>
/// <param name="RequestId">Echoed in the reply.</param>
/// <param name="Name">Without SIG: "INT", "TERM", ...</param>
internal sealed record MuxSignal(uint RequestId, string Name) : MuxRequest(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x53000001;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => SshWriter.StringLength(Name);

    /// <summary>Reads what follows the id.</summary>
    public static MuxSignal Read(uint requestId, ref SshReader reader) =>
        new(requestId, MuxFields.ReadText(ref reader));

    /// <inheritdoc />
    public override void Validate() => MuxFields.DemandText(Name);

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer) => writer.WriteString(Name);
}
