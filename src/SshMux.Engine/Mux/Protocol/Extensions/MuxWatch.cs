using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>
/// MUX_C_WATCH: asks to see what goes through sessions of the master, until this control connection ends (extension
/// "watch@sshmux"). The answer is MUX_S_OK, and then <see cref="MuxWatched"/> after another; or MUX_S_FAILURE.
/// </summary>
/// <param name="RequestId">Echoed in the reply.</param>
/// <param name="Session">Its number or its name; empty for all sessions, those to come as well.</param>
internal sealed record MuxWatch(uint RequestId, string Session) : MuxRequest(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x53000008;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => SshWriter.StringLength(Session);

    /// <summary>Reads what follows the id.</summary>
    public static MuxWatch Read(uint requestId, ref SshReader reader) => new(requestId, MuxFields.ReadText(ref reader));

    /// <inheritdoc />
    public override void Validate() => MuxFields.DemandText(Session);

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer) => writer.WriteString(Session);
}
