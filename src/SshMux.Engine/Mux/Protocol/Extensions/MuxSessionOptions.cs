using SshMux.Engine.Forwarding.X11;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>
/// MUX_C_SESSION_OPTIONS: what the session is to have that this control connection will ask for (extension
/// "session@sshmux"); the answer is MUX_S_OK, or MUX_S_FAILURE, and then none of them is taken.
/// </summary>
/// <param name="RequestId">Echoed in the reply.</param>
/// <param name="Options">Names, of those that the master's hello has, and values.</param>
internal sealed record MuxSessionOptions(uint RequestId, IReadOnlyList<KeyValuePair<string, string>> Options)
    : MuxRequest(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x53000002;

    /// <summary>The option that names the session.</summary>
    public const string Name = "name";

    /// <summary>The option that brings an agent: the absolute path of its socket.</summary>
    public const string Agent = "agent";

    /// <summary>The option that brings an X server (<see cref="X11Grant.Text"/>).</summary>
    public const string Display = "display";

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength =>
        Options.Sum(option => (long)SshWriter.StringLength(option.Key) + SshWriter.StringLength(option.Value));

    /// <summary>Reads what follows the id.</summary>
    public static MuxSessionOptions Read(uint requestId, ref SshReader reader)
    {
        var options = new List<KeyValuePair<string, string>>();
        while (!reader.AtEnd) options.Add(new(MuxFields.ReadText(ref reader), MuxFields.ReadText(ref reader)));
        return new(requestId, options);
    }

    /// <inheritdoc />
    public override void Validate()
    {
        foreach (var (name, value) in Options)
        {
            MuxFields.DemandText(name);
            MuxFields.DemandText(value);
        }
    }

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer)
    {
        foreach (var (name, value) in Options)
        {
            writer.WriteString(name);
            writer.WriteString(value);
        }
    }
}
