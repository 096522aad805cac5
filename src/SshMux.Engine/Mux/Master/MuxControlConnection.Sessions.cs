using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Mux.Master;

// Sessions and stdio forwards. They run beside the reading of requests, so that ALIVE is answered during a session and
// a client that goes is noticed at once.
internal sealed partial class MuxControlConnection
{
    // The origin that ssh(1) names for stdio forwards, where there is none.
    private const string OriginHost = "127.0.0.1";
    private const int OriginPort = 65535;

    private readonly Lock _sessionLock = new();
    private Task _session = Task.CompletedTask;
    private DescriptorChannel? _descriptors;
    private Channel? _sessionChannel;
    private Channel? _terminalChannel;
    private TerminalSize _terminalSize;

    /// <summary>Whether a session or stdio forward is open, or being opened, or the client is in proxy mode.</summary>
    public bool HasSession => !_session.IsCompleted || _proxy is not null;

    /// <summary>
    /// Reads the size of the session's terminal again (the client's SIGWINCH, relayed to this process).
    /// </summary>
    public void UpdateWindowSize()
    {
        lock (_sessionLock)
        {
            if (_terminalChannel is null || _descriptors?.GetTerminalSize() is not { } size) return;
            if (size == _terminalSize) return;
            _terminalSize = size;
            _terminalChannel.ChangeWindow(size);
        }
    }

    private async ValueTask<bool> NewSessionAsync(MuxNewSession request)
    {
        var passed = await _socket.ReceiveDescriptorsAsync(MuxNewSession.DescriptorCount).ConfigureAwait(false);
        if ((WhyNot(passed) ?? WhyNot(request)) is { } refusal)
        {
            return await RefuseAsync(request, passed, refusal).ConfigureAwait(false);
        }

        PtyRequest? pty = null;
        DescriptorChannel descriptors;
        try
        {
            // Now, because the client puts its terminal into raw mode as soon as the session is open.
            if (request.WantTty) pty = DescriptorChannel.DescribeTerminal(passed[0], request.Term);
            descriptors = DescriptorChannel.ForClient(passed[0], passed[1], passed[2]);
        }
        catch (SshException e)
        {
            return await FailAsync(request, e.Message).ConfigureAwait(false);
        }

        Begin(descriptors, EndWithAsync(RunSessionAsync(request, pty, descriptors), descriptors));
        return true;
    }

    private async ValueTask<bool> NewStdioForwardAsync(MuxNewStdioForward request)
    {
        var passed = await _socket.ReceiveDescriptorsAsync(MuxNewStdioForward.DescriptorCount).ConfigureAwait(false);
        if (WhyNot(passed) is { } refusal) return await RefuseAsync(request, passed, refusal).ConfigureAwait(false);
        DescriptorChannel descriptors;
        try
        {
            descriptors = DescriptorChannel.ForStream(passed[0], passed[1]);
        }
        catch (SshException e)
        {
            return await FailAsync(request, e.Message).ConfigureAwait(false);
        }

        Begin(descriptors, EndWithAsync(RunStdioForwardAsync(request, descriptors), descriptors));
        return true;
    }

    private void Begin(DescriptorChannel descriptors, Task session)
    {
        lock (_sessionLock)
        {
            _descriptors = descriptors;
            _session = session;
        }
    }

    private async Task RunSessionAsync(MuxNewSession request, PtyRequest? pty, DescriptorChannel descriptors)
    {
        if (!await IsAllowedAsync(request, $"Allow shared connection to {HostName}? ").ConfigureAwait(false))
        {
            descriptors.Abort();
            return;
        }

        if (await OpenAsync(
            request,
            "Session open refused by peer",
            token => _master.Connection.OpenSessionAsync(descriptors, token),
            descriptors).ConfigureAwait(false) is not { } channel)
        {
            return;
        }

        await RequestForwardingsAsync(channel, request, descriptors).ConfigureAwait(false);
        var started = StartProgramAsync(channel, request, pty);
        lock (_sessionLock) _sessionChannel = channel;
        await default(ReadinessTurn);
        await _socket.SendAsync(new MuxSessionOpened(request.RequestId, channel.LocalId)).ConfigureAwait(false);
        if (request.WantTty && request.EscapeCharacter != MuxNewSession.NoEscapeCharacter)
        {
            descriptors.UseEscapes(request.EscapeCharacter, host: null);
        }

        descriptors.StartInput();
        await AwaitProgramAsync(channel, request, started, descriptors).ConfigureAwait(false);

        // Sent when all output is written and not when it comes, so that whoever has it has the output too.
        var end = await descriptors.Completion.ConfigureAwait(false);
        var isWhole = end.Reason is null || channel.EofReceived;
        if (isWhole && !descriptors.IsEndedByUser && end.Exit?.Status is { } status)
        {
            await _socket.SendAsync(new MuxExitMessage(channel.LocalId, status)).ConfigureAwait(false);
        }

        if (end.Reason is not null) LogSessionEnded(end.Reason.Message);
        _socket.Dispose();
    }

    private async Task RunStdioForwardAsync(MuxNewStdioForward request, DescriptorChannel descriptors)
    {
        if (!await IsAllowedAsync(request).ConfigureAwait(false))
        {
            descriptors.Abort();
            return;
        }

        var connection = _master.Connection;
        if (await OpenAsync(
            request,
            null,
            token => request.Port == MuxProtocol.StreamLocalPort
                ? connection.OpenDirectStreamLocalAsync(request.Host, descriptors, token)
                : connection.OpenDirectTcpipAsync(
                    request.Host, (int)request.Port, OriginHost, OriginPort, descriptors, token),
            descriptors).ConfigureAwait(false) is not { } channel)
        {
            return;
        }

        // Nothing may follow this: ssh(1) -W gives up on any other message.
        await _socket.SendAsync(new MuxSessionOpened(request.RequestId, channel.LocalId)).ConfigureAwait(false);
        var end = await descriptors.Completion.ConfigureAwait(false);
        if (end.Reason is not null) LogSessionEnded(end.Reason.Message);
        _socket.Dispose();
    }

    /// <summary>Opens the channel, or answers with a failure and gives null.</summary>
    private async Task<Channel?> OpenAsync(
        MuxRequest request,
        string? refusal,
        Func<CancellationToken, Task<Channel>> open,
        DescriptorChannel descriptors)
    {
        try
        {
            return await open(_gone.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            descriptors.Abort();
        }
        catch (SshException e)
        {
            LogRefused(e.Message);
            descriptors.Abort();
            await FailAsync(request, refusal ?? e.Message).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>Sends everything that the program needs in one flight.</summary>
    private (Task<bool>? Pty, Task<bool> Program) StartProgramAsync(
        Channel channel, MuxNewSession request, PtyRequest? pty)
    {
        var terminal = pty is null ? null : channel.RequestPtyAsync(pty);
        var sent = 0;
        foreach (var variable in request.Environment)
        {
            var bytes = variable.Span;
            var equals = AdmittedNameLength(bytes);
            if (equals == 0) continue;
            if (++sent > MuxNewSession.MaxEnvironmentStrings) break;
            channel.SetEnvironment(bytes[..equals], bytes[(equals + 1)..]);
        }

        foreach (var (name, value) in _master.Options.SetEnv) channel.SetEnvironment(name, value);
        var program = (request.Command.IsEmpty, request.Subsystem) switch
        {
            (true, _) => channel.RequestShellAsync(),
            (false, true) => channel.RequestSubsystemAsync(request.Command.Span),
            _ => channel.RequestExecAsync(request.Command.Span),
        };
        if (pty is not null)
        {
            lock (_sessionLock)
            {
                _terminalChannel = channel;
                _terminalSize = pty.Size;
            }
        }

        return (terminal, program);
    }

    private async Task AwaitProgramAsync(
        Channel channel,
        MuxNewSession request,
        (Task<bool>? Pty, Task<bool> Program) requests,
        DescriptorChannel descriptors)
    {
        try
        {
            if (requests.Pty is { } pty && !await pty.ConfigureAwait(false))
            {
                lock (_sessionLock) _terminalChannel = null;
                descriptors.WriteError("PTY allocation request failed\r\n");
                await _socket.SendAsync(new MuxTtyAllocationFailed(channel.LocalId)).ConfigureAwait(false);
            }

            if (await requests.Program.ConfigureAwait(false)) return;

            // The client sees no more than its error output, so it is told there, in the words of ssh(1).
            descriptors.WriteError($"{NameOf(request)} request failed\r\n");
            channel.Close();
        }
        catch (SshException e)
        {
            // Mostly the connection has ended: then the descriptors' completion has the reason.
            if (channel.Connection.Ended.IsCompleted) return;
            descriptors.WriteError($"{e.Message}\r\n");
            channel.Close();
        }
    }

    private static string NameOf(MuxNewSession request) => (request.Command.IsEmpty, request.Subsystem) switch
    {
        (true, _) => "shell",
        (false, true) => "subsystem",
        _ => "exec",
    };

    private void AbortSession()
    {
        DescriptorChannel? descriptors;
        lock (_sessionLock)
        {
            descriptors = _descriptors;
            _sessionChannel = null;
            _terminalChannel = null;
        }

        descriptors?.Abort();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "cannot open a session for a client: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "a client's session ended early: {Reason}")]
    private partial void LogSessionEnded(string reason);
}
