using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>MUX_C_NEW_STDIO_FWD; descriptors for standard input and output follow the packet.</summary>
internal sealed record MuxNewStdioForward(uint RequestId, string Host, uint Port) : MuxRequest(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x10000008;

    /// <summary>How many descriptors follow the packet.</summary>
    public const int DescriptorCount = 2;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => 8L + SshWriter.StringLength(Host);

    /// <summary>Reads what follows the id.</summary>
    public static MuxNewStdioForward Read(uint requestId, ref SshReader reader)
    {
        reader.ReadString(); // reserved
        return new MuxNewStdioForward(requestId, MuxFields.ReadText(ref reader), MuxFields.ReadPort(ref reader));
    }

    /// <inheritdoc />
    public override void Validate()
    {
        MuxFields.DemandText(Host);
        MuxFields.DemandPort(Port);
    }

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer)
    {
        writer.WriteString([]); // reserved
        writer.WriteString(Host);
        writer.WriteUInt32(Port);
    }
}
