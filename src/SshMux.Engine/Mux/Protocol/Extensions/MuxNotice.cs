using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>
/// MUX_S_NOTICE (extension "notice@sshmux"): something that the client's user should know. Sent, unasked, to clients
/// that announced the extension.
/// </summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Text">For people: one line, without a full stop.</param>
internal sealed record MuxNotice(MuxNoticeKind Kind, string Text) : MuxMessage
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0xd3000005;

    /// <summary>How many characters a text has at most; what is longer is cut.</summary>
    public const int MaxLength = 400;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override uint First => (uint)Kind;

    /// <inheritdoc />
    public override long FieldsLength => SshWriter.StringLength(Text);

    /// <summary>A notice whose text can be shown anywhere, whoever had a say in it.</summary>
    public static MuxNotice Of(MuxNoticeKind kind, string text) => new(kind, Printable.Text(text, MaxLength));

    /// <summary>What is told of a master's end.</summary>
    public static MuxNotice OfEnd(SshException reason) => Of(MuxNoticeKind.Ending, $"the master ends: {reason.Message}");

    /// <summary>The connection is lost, for this reason, and the master makes it again.</summary>
    public static MuxNotice OfLoss(SshException reason) =>
        Of(MuxNoticeKind.ConnectionTrouble, $"{reason.Message}; the master connects again");

    /// <summary>Reads what follows the kind.</summary>
    public static MuxNotice Read(uint kind, ref SshReader reader) =>
        Of((MuxNoticeKind)kind, MuxFields.ReadText(ref reader));

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer) => writer.WriteString(Text);
}
