using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>MUX_S_EXT_INFO; the text has CRLF line ends, or says why there is no answer.</summary>
internal sealed record MuxInfoReply(uint RequestId, uint Status, string Text) : MuxReply(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x90000001;

    /// <summary>The status where the text is the answer.</summary>
    public const uint Answered = 1;

    /// <summary>The status where the text says that there is no such answer.</summary>
    public const uint Unsupported = 0;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => 4L + SshWriter.StringLength(Text);

    /// <summary>Reads what follows the id.</summary>
    public static MuxInfoReply Read(uint requestId, ref SshReader reader) =>
        new(requestId, reader.ReadUInt32(), reader.ReadText());

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer)
    {
        writer.WriteUInt32(Status);
        writer.WriteString(Text);
    }
}
