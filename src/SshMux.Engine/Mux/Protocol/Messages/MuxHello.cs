using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>MUX_MSG_HELLO: the first message of each side.</summary>
internal sealed record MuxHello(uint Version, IReadOnlyList<MuxExtension> Extensions) : MuxMessage
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x00000001;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override uint First => Version;

    /// <inheritdoc />
    public override long FieldsLength => Extensions.Sum(e => 4L + e.Value.Length + SshWriter.StringLength(e.Name));

    /// <summary>
    /// Reads what follows the version. That is defined by the version; only what ours has can be read.
    /// </summary>
    public static MuxHello Read(uint version, ref SshReader reader)
    {
        if (version != MuxProtocol.Version) return new MuxHello(version, []);
        var extensions = new List<MuxExtension>();
        while (!reader.AtEnd)
        {
            extensions.Add(new MuxExtension(MuxFields.ReadText(ref reader), reader.ReadString().ToArray()));
        }

        return new MuxHello(version, extensions);
    }

    /// <inheritdoc />
    public override void Validate()
    {
        foreach (var extension in Extensions) MuxFields.DemandText(extension.Name);
    }

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer)
    {
        foreach (var extension in Extensions)
        {
            writer.WriteString(extension.Name);
            writer.WriteString(extension.Value.Span);
        }
    }
}
