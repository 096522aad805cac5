using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

// Channel requests (RFC 4254 section 5.4 and 6), ours and the peer's.
public sealed partial class Channel
{
    private const int MaxSignalName = 64;

    private readonly Queue<TaskCompletionSource<bool>> _requests = new();

    /// <summary>Asks for a terminal (pty-req). False if the server refuses.</summary>
    public Task<bool> RequestPtyAsync(PtyRequest pty)
    {
        var fields = new byte[SshWriter.StringLength(pty.Term) + 16 + 4 + pty.Modes.Length];
        var writer = new SshWriter(fields);
        writer.WriteString(pty.Term);
        WriteSize(ref writer, pty.Size);
        writer.WriteString(pty.Modes.Span);
        SetUse(ChannelUse.Terminal);
        return UseTerminalAsync(RequestAsync("pty-req", writer.Written));
    }

    /// <summary>Asks for the user's login shell (shell). False if the server refuses.</summary>
    public Task<bool> RequestShellAsync() => RequestProgramAsync("shell", []);

    /// <summary>Asks to run a command with the user's shell (exec). False if the server refuses.</summary>
    public Task<bool> RequestExecAsync(string command) => RequestProgramAsync("exec", EncodeString(command));

    /// <summary>Asks for a subsystem, such as sftp (subsystem). False if the server refuses.</summary>
    public Task<bool> RequestSubsystemAsync(string name) => RequestProgramAsync("subsystem", EncodeString(name));

    /// <summary>Asks to run a command as the bytes that a client gave, which need not be UTF-8.</summary>
    internal Task<bool> RequestExecAsync(ReadOnlySpan<byte> command) => RequestProgramAsync("exec", EncodeString(command));

    /// <summary>Asks for a subsystem, likewise.</summary>
    internal Task<bool> RequestSubsystemAsync(ReadOnlySpan<byte> name) =>
        RequestProgramAsync("subsystem", EncodeString(name));

    /// <summary>
    /// Makes the requests of a session in one flight (but for X11, xauth is asked before); the last one starts the
    /// program.
    /// </summary>
    /// <returns>Whether the terminal was granted (true if none was asked for), and whether the program was started.</returns>
    /// <exception cref="SshException"><see cref="SshError.RequestTooLong"/>: nothing was sent.</exception>
    public async Task<(bool Pty, bool Started)> StartProgramAsync(SessionRequest request)
    {
        RequestLimit.Demand(request);
        await RequestForwardingsAsync(request.WantAgent, request.WantX11, null, CancellationToken.None)
            .ConfigureAwait(false);
        foreach (var (name, value) in request.Environment) SetEnvironment(name, value);
        var pty = request.Pty is null ? null : RequestPtyAsync(request.Pty);
        var program = request switch
        {
            { Command: null } => RequestShellAsync(),
            { Subsystem: true } => RequestSubsystemAsync(request.Command),
            _ => RequestExecAsync(request.Command),
        };
        return (pty is null || await pty.ConfigureAwait(false), await program.ConfigureAwait(false));
    }

    /// <summary>Sets an environment variable of the program to come (env); the server does not say if it does.</summary>
    public void SetEnvironment(string name, string value)
    {
        var fields = new byte[SshWriter.StringLength(name) + SshWriter.StringLength(value)];
        var writer = new SshWriter(fields);
        writer.WriteString(name);
        writer.WriteString(value);
        SendRequest("env", writer.Written);
    }

    /// <summary>Sets an environment variable as the bytes that a client gave.</summary>
    internal void SetEnvironment(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var fields = new byte[8 + name.Length + value.Length];
        var writer = new SshWriter(fields);
        writer.WriteString(name);
        writer.WriteString(value);
        SendRequest("env", writer.Written);
    }

    /// <summary>Tells the server the new size of the terminal (window-change, RFC 4254 section 6.7).</summary>
    public void ChangeWindow(TerminalSize size)
    {
        Span<byte> fields = stackalloc byte[16];
        var writer = new SshWriter(fields);
        WriteSize(ref writer, size);
        SendRequest("window-change", writer.Written);
    }

    /// <summary>Sends a signal to the remote program (signal, RFC 4254 section 6.9): "INT", "TERM", "KILL", ...</summary>
    public void SendSignal(string name) => SendRequest("signal", EncodeString(name));

    /// <summary>
    /// Likewise, and asks for an answer, which RFC 4254 leaves out but servers give. False if the server refuses.
    /// </summary>
    public Task<bool> RequestSignalAsync(string name) => RequestAsync("signal", EncodeString(name));

    /// <summary>Has the server send a BREAK of so many milliseconds (break, RFC 4335), if it can.</summary>
    public void SendBreak(uint milliseconds)
    {
        Span<byte> fields = stackalloc byte[4];
        var writer = new SshWriter(fields);
        writer.WriteUInt32(milliseconds);
        SendRequest("break", writer.Written);
    }

    /// <summary>
    /// Tells the server that nobody reads the program's output any more (eow@openssh.com), so that it gets SIGPIPE.
    /// </summary>
    public void SendEndOfWrite() => SendRequest("eow@openssh.com", []);

    internal void OnRequest(ref SshReader reader)
    {
        var type = reader.ReadText();
        var wantReply = reader.ReadBoolean();
        switch (type)
        {
            case "exit-status":
                SetExit(new CommandExit(reader.ReadUInt32()));
                break;
            case "exit-signal":
                var signal = Printable.Text(reader.ReadString(), MaxSignalName);
                var coreDumped = reader.ReadBoolean();
                var message = Printable.Text(reader.ReadString(), MaxShownText);
                SetExit(new CommandExit(null, signal, coreDumped, message));
                break;
            case "eow@openssh.com":
                if (!_closeSent) _handler.OnPeerStoppedReading();
                break;
            default:
                // Unknown, keepalive@openssh.com among them: "no" is an answer, and that is all a server wants to hear.
                if (wantReply) SendSignalMessage(MessageNumber.ChannelFailure);
                return;
        }

        if (wantReply) SendSignalMessage(MessageNumber.ChannelSuccess);
    }

    internal void OnRequestReply(bool success)
    {
        TaskCompletionSource<bool>? request;
        lock (_requests)
        {
            if (!_requests.TryDequeue(out request))
            {
                throw SshException.Protocol("the server answered a channel request that was not made");
            }
        }

        request.SetResult(success);
    }

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

    private Task<bool> RequestProgramAsync(string type, ReadOnlySpan<byte> fields)
    {
        OnProgramStarts();
        return RequestAsync(type, fields);
    }

    private Task<bool> RequestAsync(string type, ReadOnlySpan<byte> fields)
    {
        if (RequestLimit.CheckRequest(type, fields.Length, _transport.MaxMessage) is { } refusal)
        {
            return Task.FromException<bool>(refusal);
        }

        var request = new TaskCompletionSource<bool>(WaiterOptions);
        lock (_sendLock)
        {
            // The reason of a connection that has just ended must not pass for the server's refusal.
            if (_ended is not null) return Task.FromException<bool>(_ended.Again());
            if (_closeSent) return Task.FromResult(false);

            // Queue and send under one lock: replies carry no number and are matched by their order alone.
            lock (_requests) _requests.Enqueue(request);
            _transport.Send(new ChannelRequestMessage(RemoteId, type, wantReply: true, fields));
        }

        return request.Task;
    }

    private void SendRequest(string type, ReadOnlySpan<byte> fields)
    {
        if (RequestLimit.CheckRequest(type, fields.Length, _transport.MaxMessage) is { } refusal) throw refusal;
        lock (_sendLock)
        {
            if (!_closeSent) _transport.Send(new ChannelRequestMessage(RemoteId, type, wantReply: false, fields));
        }
    }

    private void SendSignalMessage(byte number)
    {
        lock (_sendLock)
        {
            if (!_closeSent) _transport.Send(new ChannelSignalMessage(number, RemoteId));
        }
    }

    private void SetExit(CommandExit exit)
    {
        if (Exit is not null) return;
        Exit = exit;
        _handler.OnExit(exit);
    }

    /// <summary>No answer comes any more: a closed channel refuses, an ended connection has its reason.</summary>
    private void FailRequests(SshException? reason)
    {
        while (true)
        {
            TaskCompletionSource<bool>? request;
            lock (_requests)
            {
                if (!_requests.TryDequeue(out request)) return;
            }

            if (reason is null) request.SetResult(false);
            else request.SetException(reason.Again());
        }
    }
}
