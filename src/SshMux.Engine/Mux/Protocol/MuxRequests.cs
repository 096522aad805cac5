namespace SshMux.Engine.Mux.Protocol;

/// <summary>
/// MUX_C_NEW_SESSION; descriptors for standard input, output and error follow the packet. Command and environment are
/// bytes, because the programs that make them need not write UTF-8.
/// </summary>
/// <param name="RequestId">Echoed in the reply.</param>
/// <param name="WantTty">Ask the server for a terminal, with modes and size of the passed standard input.</param>
/// <param name="WantX11">Ask for X11 forwarding.</param>
/// <param name="WantAgent">Ask for agent forwarding.</param>
/// <param name="Subsystem">The command is a subsystem's name.</param>
/// <param name="EscapeCharacter"><see cref="MuxProtocol.NoEscapeCharacter"/> for none.</param>
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
    /// <summary>How many descriptors follow the packet.</summary>
    public const int DescriptorCount = 3;
}

/// <summary>MUX_C_NEW_STDIO_FWD; descriptors for standard input and output follow the packet.</summary>
internal sealed record MuxNewStdioForward(uint RequestId, string Host, uint Port) : MuxRequest(RequestId)
{
    /// <summary>How many descriptors follow the packet.</summary>
    public const int DescriptorCount = 2;
}

/// <summary>MUX_C_ALIVE_CHECK.</summary>
internal sealed record MuxAliveCheck(uint RequestId) : MuxRequest(RequestId);

/// <summary>MUX_C_TERMINATE.</summary>
internal sealed record MuxTerminate(uint RequestId) : MuxRequest(RequestId);

/// <summary>MUX_C_STOP_LISTENING.</summary>
internal sealed record MuxStopListening(uint RequestId) : MuxRequest(RequestId);

/// <summary>MUX_C_OPEN_FWD.</summary>
internal sealed record MuxOpenForward(uint RequestId, MuxForward Forward) : MuxRequest(RequestId);

/// <summary>MUX_C_CLOSE_FWD.</summary>
internal sealed record MuxCloseForward(uint RequestId, MuxForward Forward) : MuxRequest(RequestId);

/// <summary>MUX_C_PROXY.</summary>
internal sealed record MuxProxyRequest(uint RequestId) : MuxRequest(RequestId);

/// <summary>MUX_C_EXT_INFO: asks for a text, "connection" or "channels" (extension "info").</summary>
internal sealed record MuxInfoRequest(uint RequestId, string Name) : MuxRequest(RequestId);

/// <summary>
/// Sends a signal to the program of the session that this control connection has (extension "signal@sshmux"); the answer
/// is MUX_S_OK, or MUX_S_FAILURE if the server refuses.
/// </summary>
/// <param name="RequestId">Echoed in the reply.</param>
/// <param name="Name">Without SIG: "INT", "TERM", ...</param>
internal sealed record MuxSignal(uint RequestId, string Name) : MuxRequest(RequestId);

/// <summary>A message of a type that we do not know, but with a request id to answer to.</summary>
internal sealed record MuxUnknownRequest(uint RequestId, uint Type) : MuxRequest(RequestId);
