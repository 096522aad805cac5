using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>
/// MUX_C_NEW_SESSION; descriptors for standard input, output and error follow the packet. Command and environment are
/// bytes, because the programs that make them need not write UTF-8.
/// </summary>
/// <param name="RequestId">Echoed in the reply.</param>
/// <param name="WantTty">Ask the server for a terminal, with modes and size of the passed standard input.</param>
/// <param name="WantX11">Ask for X11 forwarding.</param>
/// <param name="WantAgent">Ask for agent forwarding.</param>
/// <param name="Subsystem">The command is a subsystem's name.</param>
/// <param name="EscapeCharacter"><see cref="NoEscapeCharacter"/> for none.</param>
/// <param name="Term">The client's TERM; may be empty.</param>
/// <param name="Command">The command or subsystem; empty: a shell.</param>
/// <param name="Environment">Strings "NAME=value".</param>
internal sealed record MuxNewSession(
    uint RequestId,
    bool WantTty,
    bool WantX11,
    bool WantAgent,
    bool Subsystem,
    uint EscapeCharacter,
    string Term,
    ReadOnlyMemory<byte> Command,
    IReadOnlyList<ReadOnlyMemory<byte>> Environment) : MuxRequest(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0x10000002;

    /// <summary>How many descriptors follow the packet.</summary>
    public const int DescriptorCount = 3;

    /// <summary>How many environment strings a peer accepts.</summary>
    public const int MaxEnvironmentStrings = 4096;

    /// <summary>In place of a character: the session has no escapes.</summary>
    public const uint NoEscapeCharacter = 0xffffffff;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength =>
        28L + SshWriter.StringLength(Term) + Command.Length + Environment.Sum(variable => 4L + variable.Length);

    /// <inheritdoc />
    public override string TakesRoom => "command and environment take";

    /// <summary>Reads what follows the id.</summary>
    public static MuxNewSession Read(uint requestId, ref SshReader reader)
    {
        reader.ReadString(); // reserved
        var tty = MuxFields.ReadFlag(ref reader);
        var x11 = MuxFields.ReadFlag(ref reader);
        var agent = MuxFields.ReadFlag(ref reader);
        var subsystem = MuxFields.ReadFlag(ref reader);
        var escape = reader.ReadUInt32();
        var term = MuxFields.ReadText(ref reader);
        var command = MuxFields.ReadBytes(ref reader);
        var environment = new List<ReadOnlyMemory<byte>>();
        while (!reader.AtEnd) environment.Add(MuxFields.ReadBytes(ref reader));
        return new MuxNewSession(requestId, tty, x11, agent, subsystem, escape, term, command, environment);
    }

    /// <inheritdoc />
    public override void Validate()
    {
        MuxFields.DemandText(Term);
        MuxFields.DemandText(Command.Span);
        foreach (var variable in Environment) MuxFields.DemandText(variable.Span);
        if (Environment.Count > MaxEnvironmentStrings)
        {
            throw new SshException(
                SshError.RequestTooLong,
                $"{Environment.Count} environment variables are too many; a control socket takes at most "
                + $"{MaxEnvironmentStrings}");
        }
    }

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer)
    {
        writer.WriteString([]); // reserved
        MuxFields.WriteFlag(ref writer, WantTty);
        MuxFields.WriteFlag(ref writer, WantX11);
        MuxFields.WriteFlag(ref writer, WantAgent);
        MuxFields.WriteFlag(ref writer, Subsystem);
        writer.WriteUInt32(EscapeCharacter);
        writer.WriteString(Term);
        writer.WriteString(Command.Span);
        foreach (var variable in Environment) writer.WriteString(variable.Span);
    }
}
