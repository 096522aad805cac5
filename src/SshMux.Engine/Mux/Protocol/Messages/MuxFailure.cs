using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>MUX_S_FAILURE.</summary>
internal sealed record MuxFailure(uint RequestId, string Reason) : MuxReply(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x80000003;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => SshWriter.StringLength(Reason);

    /// <summary>Reads what follows the id.</summary>
    public static MuxFailure Read(uint requestId, ref SshReader reader) =>
        new(requestId, reader.ReadText());

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer) => writer.WriteString(Reason);
}
