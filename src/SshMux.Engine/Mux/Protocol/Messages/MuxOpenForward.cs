using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>MUX_C_OPEN_FWD.</summary>
internal sealed record MuxOpenForward(uint RequestId, MuxForward Forward) : MuxRequest(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x10000006;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => Forward.Length;

    /// <summary>Reads what follows the id.</summary>
    public static MuxOpenForward Read(uint requestId, ref SshReader reader) =>
        new(requestId, MuxForward.Read(ref reader));

    /// <inheritdoc />
    public override void Validate() => Forward.Validate();

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer) => Forward.Write(ref writer);
}
