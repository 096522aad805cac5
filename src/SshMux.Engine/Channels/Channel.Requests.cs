using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Channels.Slots;
using SshMux.Engine.Channels.Usage;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

// Channel requests (RFC 4254 section 5.4 and 6), ours and the peer's.
internal sealed partial class Channel
{
    private const int MaxSignalName = 64;

    private readonly PendingReplies _replies = new();
    private object? _terminalSize; // a boxed TerminalSize: whoever asks gets a whole one

    /// <summary>The size of the terminal that was asked for, as the server was last told; null without one.</summary>
    internal TerminalSize? TerminalSize => (TerminalSize?)Volatile.Read(ref _terminalSize);

    /// <summary>Asks for a terminal (pty-req). False if the server refuses.</summary>
    public Task<bool> RequestPtyAsync(PtyRequest pty)
    {
        var fields = new byte[SshWriter.StringLength(pty.Term) + 16 + 4 + pty.Modes.Length];
        var writer = new SshWriter(fields);
        writer.WriteString(pty.Term);
        WriteSize(ref writer, pty.Size);
        writer.WriteString(pty.Modes.Span);
        _use.Set(ChannelUse.Terminal);
        Volatile.Write(ref _terminalSize, pty.Size);
        return UseTerminalAsync(RequestAsync(ChannelRequestTypes.Pty, writer.Written));
    }

    /// <summary>Asks for the user's login shell (shell). False if the server refuses.</summary>
    public Task<bool> RequestShellAsync() => RequestProgramAsync(ChannelRequestTypes.Shell, []);

    /// <summary>Asks to run a command with the user's shell (exec). False if the server refuses.</summary>
    public Task<bool> RequestExecAsync(string command) =>
        RequestProgramAsync(ChannelRequestTypes.Exec, EncodeString(command));

    /// <summary>Asks for a subsystem, such as sftp (subsystem). False if the server refuses.</summary>
    public Task<bool> RequestSubsystemAsync(string name) =>
        RequestProgramAsync(ChannelRequestTypes.Subsystem, EncodeString(name));

    /// <summary>Asks to run a command as the bytes that a client gave, which need not be UTF-8.</summary>
    internal Task<bool> RequestExecAsync(ReadOnlySpan<byte> command) =>
        RequestProgramAsync(ChannelRequestTypes.Exec, EncodeString(command));

    /// <summary>Asks for a subsystem by the bytes that a client gave, which need not be UTF-8.</summary>
    internal Task<bool> RequestSubsystemAsync(ReadOnlySpan<byte> name) =>
        RequestProgramAsync(ChannelRequestTypes.Subsystem, EncodeString(name));

    /// <summary>
    /// Makes the requests of a session in one flight (but for X11, xauth is asked before); the last one starts the
    /// program.
    /// </summary>
    /// <returns>Whether the terminal was granted; true if none was asked for.</returns>
    /// <exception cref="SshException">
    /// <see cref="SshError.RequestTooLong"/>: nothing was sent; <see cref="SshError.RequestRefused"/>: the server does not
    /// start the program; or why the connection has ended.
    /// </exception>
    public async Task<bool> StartProgramAsync(SessionRequest request)
    {
        RequestLimit.Demand(request);
        Connection.OnProgramStarting?.Invoke(this, request);
        await RequestForwardingsAsync(
            request.WantAgent ? Connection.AgentForward : null,
            request.WantX11 ? Connection.X11Forward : null,
            null,
            CancellationToken.None).ConfigureAwait(false);
        foreach (var (name, value) in request.Environment) SetEnvironment(name, value);
        var pty = request.Pty is null ? null : RequestPtyAsync(request.Pty);
        var program = request switch
        {
            { Command: null } => RequestShellAsync(),
            { Subsystem: true } => RequestSubsystemAsync(request.Command),
            _ => RequestExecAsync(request.Command),
        };
        var hasPty = pty is null || await pty.ConfigureAwait(false);
        if (await program.ConfigureAwait(false)) return hasPty;
        throw new SshException(SshError.RequestRefused, request switch
        {
            { Command: null } => "the server refused to start a shell",
            { Subsystem: true } =>
                $"the server refused the subsystem '{request.Command}'; see Subsystem in its sshd_config",
            _ => "the server refused to run the command",
        });
    }

    /// <summary>Sets an environment variable of the program to come (env); the server does not say if it does.</summary>
    public void SetEnvironment(string name, string value)
    {
        var fields = new byte[SshWriter.StringLength(name) + SshWriter.StringLength(value)];
        var writer = new SshWriter(fields);
        writer.WriteString(name);
        writer.WriteString(value);
        SendRequest(ChannelRequestTypes.Environment, writer.Written);
    }

    /// <summary>Sets an environment variable as the bytes that a client gave.</summary>
    internal void SetEnvironment(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var fields = new byte[8 + name.Length + value.Length];
        var writer = new SshWriter(fields);
        writer.WriteString(name);
        writer.WriteString(value);
        SendRequest(ChannelRequestTypes.Environment, writer.Written);
    }

    /// <summary>Tells the server the new size of the terminal (window-change, RFC 4254 section 6.7).</summary>
    public void ChangeWindow(TerminalSize size)
    {
        Span<byte> fields = stackalloc byte[16];
        var writer = new SshWriter(fields);
        Volatile.Write(ref _terminalSize, size);
        WriteSize(ref writer, size);
        SendRequest(ChannelRequestTypes.WindowChange, writer.Written);
    }

    /// <summary>
    /// Sends a signal to the remote program (signal, RFC 4254 section 6.9): "INT", "TERM", "KILL", ... It asks for an answer,
    /// which the RFC leaves out but servers give. False if the server refuses.
    /// </summary>
    public Task<bool> RequestSignalAsync(string name) => RequestAsync(ChannelRequestTypes.Signal, EncodeString(name));

    /// <summary>Has the server send a BREAK of so many milliseconds (break, RFC 4335), if it can.</summary>
    public void SendBreak(uint milliseconds)
    {
        Span<byte> fields = stackalloc byte[4];
        var writer = new SshWriter(fields);
        writer.WriteUInt32(milliseconds);
        SendRequest(ChannelRequestTypes.Break, writer.Written);
    }

    /// <summary>
    /// Tells the server that nobody reads the program's output any more (eow@openssh.com), so that it gets SIGPIPE.
    /// </summary>
    public void SendEndOfWrite() => SendRequest(ChannelRequestTypes.EndOfWrite, []);

    /// <summary>
    /// Asks for X11 and the agent; null: not for that. That the server refuses X11 is said to
    /// <paramref name="complain"/> when the answer comes, or else logged.
    /// </summary>
    internal async ValueTask RequestForwardingsAsync(
        ISessionForward? agent, ISessionForward? x11, Action<string>? complain, CancellationToken cancellationToken)
    {
        if (x11 is not null
            && await x11.PrepareAsync(cancellationToken).ConfigureAwait(false)
            && x11.TryAllow(Connection.Incoming))
        {
            _ = ComplainIfRefusedAsync(x11.RequestAsync(this), complain ?? x11.Complain);
        }

        if (agent is not null
            && await agent.PrepareAsync(cancellationToken).ConfigureAwait(false)
            && agent.TryAllow(Connection.Incoming))
        {
            // The server does not say whether it is willing.
            _ = agent.RequestAsync(this);
        }
    }

    /// <summary>Asks for agent forwarding (auth-agent-req@openssh.com); the server does not say if it does.</summary>
    internal void RequestAgentForwarding() => SendRequest(ChannelRequestTypes.Agent, []);

    /// <summary>Asks for X11 forwarding (x11-req, RFC 4254 section 6.3.1). False if the server refuses.</summary>
    internal Task<bool> RequestX11Async(string protocol, string cookie, uint screen)
    {
        var fields = new byte[1 + SshWriter.StringLength(protocol) + SshWriter.StringLength(cookie) + 4];
        var writer = new SshWriter(fields);
        writer.WriteBoolean(false); // not for a single connection
        writer.WriteString(protocol);
        writer.WriteString(cookie);
        writer.WriteUInt32(screen);
        return RequestAsync(ChannelRequestTypes.X11, writer.Written);
    }

    internal void OnRequest(ref SshReader reader)
    {
        var type = reader.ReadText();
        var wantReply = reader.ReadBoolean();
        switch (type)
        {
            case ChannelRequestTypes.ExitStatus:
                SetExit(new CommandExit(reader.ReadUInt32()));
                break;
            case ChannelRequestTypes.ExitSignal:
                var signal = Printable.Text(reader.ReadString(), MaxSignalName);
                var coreDumped = reader.ReadBoolean();
                var message = Printable.Text(reader.ReadString(), MaxShownText);
                SetExit(new CommandExit(null, signal, coreDumped, message));
                break;
            case ChannelRequestTypes.EndOfWrite:
                if (!_sender.IsClosed) _handler.OnPeerStoppedReading();
                break;
            default:
                // Unknown, keepalive@openssh.com among them: "no" is an answer, and that is all a server wants to hear.
                if (wantReply) _sender.SendReply(success: false);
                return;
        }

        if (wantReply) _sender.SendReply(success: true);
    }

    internal void OnRequestReply(bool success) => _replies.Answer(success);

    private static byte[] EncodeString(ReadOnlySpan<byte> text)
    {
        var fields = new byte[4 + text.Length];
        var writer = new SshWriter(fields);
        writer.WriteString(text);
        return fields;
    }

    private static byte[] EncodeString(string text)
    {
        var fields = new byte[SshWriter.StringLength(text)];
        var writer = new SshWriter(fields);
        writer.WriteString(text);
        return fields;
    }

    private static void WriteSize(ref SshWriter writer, TerminalSize size)
    {
        writer.WriteUInt32(size.Columns);
        writer.WriteUInt32(size.Rows);
        writer.WriteUInt32(size.WidthPixels);
        writer.WriteUInt32(size.HeightPixels);
    }

    private async Task ComplainIfRefusedAsync(Task<bool> granted, Action<string> complain)
    {
        try
        {
            if (await granted.ConfigureAwait(false)) return;
            complain($"X11 forwarding request failed on channel {LocalId}");
        }
        catch (SshException)
        {
            // The connection has ended, which whoever waits for the session learns.
        }
    }

    /// <summary>A program starts, in a terminal if one was asked for.</summary>
    private Task<bool> RequestProgramAsync(string type, ReadOnlySpan<byte> fields)
    {
        if (_use.Use == ChannelUse.Light) _use.Set(ChannelUse.Bulk);
        return RequestAsync(type, fields);
    }

    /// <summary>Without a terminal the program may say as much as any.</summary>
    private async Task<bool> UseTerminalAsync(Task<bool> granting)
    {
        var isGranted = await granting.ConfigureAwait(false);
        if (isGranted) return true;
        _use.Set(ChannelUse.Bulk);
        Volatile.Write(ref _terminalSize, null);
        return false;
    }

    private Task<bool> RequestAsync(string type, ReadOnlySpan<byte> fields) =>
        _sender.RequestAsync(type, fields, _replies, WaiterOptions);

    private void SendRequest(string type, ReadOnlySpan<byte> fields) => _sender.SendRequest(type, fields);

    private void SetExit(CommandExit exit)
    {
        if (Exit is not null) return;
        Exit = exit;

        // Of a channel that was closed for being idle, its handler has heard the last.
        if (_standing != ChannelStanding.Expired) _handler.OnExit(exit);
    }
}
