using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>MUX_C_EXT_INFO: asks for a text, "connection" or "channels" (extension "info").</summary>
internal sealed record MuxInfoRequest(uint RequestId, string Name) : MuxRequest(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x20000001;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => SshWriter.StringLength(Name);

    /// <summary>Reads what follows the id.</summary>
    public static MuxInfoRequest Read(uint requestId, ref SshReader reader) =>
        new(requestId, MuxFields.ReadText(ref reader));

    /// <inheritdoc />
    public override void Validate() => MuxFields.DemandText(Name);

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer) => writer.WriteString(Name);
}
