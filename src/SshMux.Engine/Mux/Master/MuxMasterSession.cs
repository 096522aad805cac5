using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Mux.Reconnecting;
using SshMux.Engine.Mux.Sessions;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Mux.Master;

/// <summary>
/// A client's session or stdio forward on a master, from the descriptors that it passed to the exit message. It runs
/// beside the reading of requests, so that ALIVE is answered during a session and a client that goes is noticed at
/// once, and closes the control connection when it is over.
/// </summary>
internal sealed partial class MuxMasterSession : IMuxTrackedSession, IAsyncDisposable
{
    // The origin that ssh(1) names for stdio forwards, where there is none.
    private const string OriginHost = "127.0.0.1";
    private const int OriginPort = 65535;

    private readonly SharedConnection _shared;
    private readonly MuxMasterOptions _options;
    private readonly MuxSessionTable _table;
    private readonly IMuxPackets _socket;
    private readonly MuxClientPermission _permission;
    private readonly MuxClientNotices _notices;
    private readonly DescriptorChannel _descriptors;
    private readonly MuxSessionForwards _forwards;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _gone = new();
    private volatile Channel? _open;
    private volatile Channel? _channel;
    private volatile MuxSessionTerminal? _terminal;
    private volatile SshException? _closed; // why somebody has it closed
    private volatile bool _isWaiting;
    private volatile MuxSessionSuspension? _suspension;
    private MuxSessionEntry? _entry;

    /// <param name="master">The master.</param>
    /// <param name="socket">The client's control connection.</param>
    /// <param name="permission">What the client may do.</param>
    /// <param name="notices">What the client hears if the connection ends.</param>
    /// <param name="descriptors">Those that the client has passed; they are the session's from now on.</param>
    /// <param name="wishes">What the client said before that the session is to have.</param>
    public MuxMasterSession(
        MuxMaster master,
        IMuxPackets socket,
        MuxClientPermission permission,
        MuxClientNotices notices,
        DescriptorChannel descriptors,
        MuxSessionWishes wishes)
    {
        _shared = master.Shared;
        _options = master.Options;
        _table = master.SessionTable;
        _socket = socket;
        _permission = permission;
        _notices = notices;
        _descriptors = descriptors;
        _logger = _options.Logger;
        _forwards = new MuxSessionForwards(wishes, descriptors, _logger);
    }

    /// <summary>Completes, and never faults, when the session is over; of one that was not begun, at once.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>The channel of a session whose program has been asked for; null before, and for a stdio forward.</summary>
    public Channel? Channel => _channel;

    /// <inheritdoc/>
    public MuxSessionState State => _open switch
    {
        null => _isWaiting ? MuxSessionState.Waiting : MuxSessionState.Opening,
        { Exit: not null } => MuxSessionState.Closing,
        _ => MuxSessionState.Open,
    };

    /// <inheritdoc/>
    public TerminalSize? TerminalSize => _open?.TerminalSize;

    /// <summary>Whether the client has announced that a shell can stop and continue it.</summary>
    public bool IsClientStoppable { get; init; }

    /// <summary>What suspends the session; null if its client cannot be, or does not obey escapes.</summary>
    public MuxSessionSuspension? Suspension => _suspension;

    /// <summary>Begins a session.</summary>
    /// <param name="request">What the client asks for.</param>
    /// <param name="pty">The terminal to ask the server for, if the client wants one.</param>
    /// <param name="start">What is told of it.</param>
    public void Begin(MuxNewSession request, PtyRequest? pty, MuxSessionStart start)
    {
        _entry = _table.Add(start, this);
        Completion = GuardAsync(RunAsync(request, pty));
    }

    /// <summary>Begins a stdio forward.</summary>
    /// <param name="request">What the client asks for.</param>
    /// <param name="start">What is told of it.</param>
    public void Begin(MuxNewStdioForward request, MuxSessionStart start)
    {
        _entry = _table.Add(start, this);
        Completion = GuardAsync(RunAsync(request));
    }

    /// <inheritdoc/>
    public Task<bool> SignalAsync(string name) => _channel?.RequestSignalAsync(name) ?? Task.FromResult(false);

    /// <inheritdoc/>
    public void Close(SshException reason)
    {
        if (Interlocked.CompareExchange(ref _closed, reason, null) is not null) return;
        if (_open is not { } channel)
        {
            // Whoever waits for it sees the reason, and tells the client.
            _ = CancelAsync();
            return;
        }

        if (_channel is not null) _descriptors.WriteError($"{reason.Message}\r\n");
        channel.EndAtOnce(reason);
    }

    /// <summary>Reads the size of the session's terminal again (the client's SIGWINCH, relayed to this process).</summary>
    public void UpdateWindowSize() => _terminal?.Update();

    /// <summary>The client has gone: ends what is left of the session, and waits for that.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!Completion.IsCompleted) await _gone.CancelAsync().ConfigureAwait(false);
            _terminal?.Forget();
            _descriptors.Abort();
            await Completion.ConfigureAwait(false);
        }
        finally
        {
            _gone.Dispose();
        }
    }

    private async Task RunAsync(MuxNewSession request, PtyRequest? pty)
    {
        if (!await MayOpenAsync(request, MuxPermissionQuestions.Session(_options.HostName)).ConfigureAwait(false)
            || await OpenAsync(
                request,
                MuxSessionAdmission.Words,
                token => OpenSessionAsync(request, token)).ConfigureAwait(false) is not { } channel)
        {
            return;
        }

        await _forwards.RequestAsync(channel, request, _gone.Token).ConfigureAwait(false);
        var program = new MuxSessionProgram(channel, request, pty, _descriptors, _options);
        _terminal = program.Terminal;
        _channel = channel;
        await default(ReadinessTurn);
        await _socket.SendAsync(new MuxSessionOpened(request.RequestId, channel.LocalId)).ConfigureAwait(false);
        if (request.WantTty && request.EscapeCharacter != MuxNewSession.NoEscapeCharacter)
        {
            if (IsClientStoppable) _suspension = new(_socket, channel.LocalId, _descriptors.Hold(), _terminal);
            _descriptors.UseEscapes(request.EscapeCharacter, host: null, _suspension);
        }

        _descriptors.StartInput();
        await program.AwaitAsync(_socket).ConfigureAwait(false);

        // Sent when all output is written and not when it comes, so that whoever has it has the output too.
        var end = await _descriptors.Completion.ConfigureAwait(false);
        var isWhole = end.Reason is null || channel.EofReceived;
        if (isWhole && !_descriptors.IsEndedByUser && end.Exit?.Status is { } status)
        {
            await _socket.SendAsync(new MuxExitMessage(channel.LocalId, status)).ConfigureAwait(false);
        }

        await LeaveAsync(end.Reason).ConfigureAwait(false);
    }

    private Task<Channel> OpenSessionAsync(MuxNewSession request, CancellationToken cancellationToken) =>
        _shared.OpenSessionAsync(
            _entry!.ClientProcessId,
            _descriptors,
            sentence =>
            {
                _isWaiting = true;
                if (request.WantTty) _ = TellAsync(sentence);
            },
            cancellationToken);

    /// <summary>Somebody who sits at a terminal should know what he waits for.</summary>
    private async Task TellAsync(string sentence)
    {
        await default(ReadinessTurn);
        if (_channel is null) _descriptors.WriteError($"sshmux: {sentence}\r\n");
    }

    private async Task RunAsync(MuxNewStdioForward request)
    {
        if (!await MayOpenAsync(request, MuxPermissionQuestions.StdioForward(request)).ConfigureAwait(false)
            || await OpenAsync(
                request,
                e => e.Message,
                token => _shared.OpenAsync(connection => OpenAsync(connection, request, token), token)).ConfigureAwait(false) is not { } channel)
        {
            return;
        }

        // Nothing may follow this: ssh(1) -W gives up on any other message.
        await _socket.SendAsync(new MuxSessionOpened(request.RequestId, channel.LocalId)).ConfigureAwait(false);
        await LeaveAsync((await _descriptors.Completion.ConfigureAwait(false)).Reason).ConfigureAwait(false);
    }

    /// <summary>Closes the control connection. If all ends, the client has to hear why before.</summary>
    private async Task LeaveAsync(SshException? reason)
    {
        if (reason is not null) LogSessionEnded(reason.Message);
        await _notices.TellEndAsync(_shared.EndNotice).ConfigureAwait(false);
        _socket.Dispose();
    }

    private Task<Channel> OpenAsync(SshConnection connection, MuxNewStdioForward request, CancellationToken cancellationToken) =>
        request.Port == MuxProtocol.StreamLocalPort
            ? connection.OpenDirectStreamLocalAsync(request.Host, _descriptors, cancellationToken)
            : connection.OpenDirectTcpipAsync(
                request.Host, (int)request.Port, OriginHost, OriginPort, _descriptors, cancellationToken);

    private async ValueTask<bool> MayOpenAsync(MuxRequest request, string question)
    {
        _isWaiting = true;
        var mayOpen = await _permission.MayOpenAsync(request, question, _gone.Token).ConfigureAwait(false);
        _isWaiting = false;
        if (mayOpen) return true;
        _descriptors.Abort();
        return false;
    }

    /// <summary>Opens the channel, or answers with a failure and gives null.</summary>
    private async Task<Channel?> OpenAsync(
        MuxRequest request, Func<SshException, string> refusal, Func<CancellationToken, Task<Channel>> open)
    {
        try
        {
            var channel = await open(_gone.Token).ConfigureAwait(false);
            _open = channel;
            _table.Open(_entry!, channel.Traffic);
            if (_closed is { } reason) channel.EndAtOnce(reason);
            return channel;
        }
        catch (OperationCanceledException)
        {
            _descriptors.Abort();
            if (_closed is not { } reason) return null;
            await _socket.SendAsync(new MuxFailure(request.RequestId, reason.Message)).ConfigureAwait(false);
        }
        catch (SshException e)
        {
            LogRefused(e.Message);
            _descriptors.Abort();
            await _socket.SendAsync(new MuxFailure(request.RequestId, refusal(e))).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>Whatever becomes of the session, its client does not wait for ever.</summary>
    private async Task GuardAsync(Task running)
    {
        try
        {
            await running.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            LogFailed(e);
            _descriptors.Abort();
            _socket.Dispose();
        }
        finally
        {
            _table.Remove(_entry!);
        }
    }

    private async Task CancelAsync()
    {
        try
        {
            await _gone.CancelAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // It has ended meanwhile.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "cannot open a session for a client: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "a client's session ended early: {Reason}")]
    private partial void LogSessionEnded(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "a client of the control socket could not be served")]
    private partial void LogFailed(Exception e);
}
