using SshMux.Cli.Arguments;
using SshMux.Cli.Output;
using SshMux.Cli.Processes;
using SshMux.Engine;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Platform;
using SshMux.FrontEnds;

namespace SshMux.Cli.Commands;

/// <summary>The one session, or stdio forward, of this process itself.</summary>
/// <param name="invocation">What it is to do.</param>
/// <param name="messages">What it says.</param>
/// <param name="background">Its way to the process that waits for it in the foreground; null if there is none.</param>
/// <param name="master">The connection.</param>
/// <param name="signals">What ends it.</param>
internal sealed class OwnSession(
    Invocation invocation, Messages messages, BackgroundProcess? background, MuxMaster master, EndSignals signals)
{
    private readonly HostConfiguration _configuration = invocation.Configuration;

    /// <summary>Runs the command, shell or subsystem.</summary>
    /// <returns>The exit status.</returns>
    /// <exception cref="SshException">It cannot be started.</exception>
    public async Task<int> RunAsync()
    {
        var ends = DescriptorChannel.ForSession(
            invocation.StdinNull ? null : DescriptorHandle.Duplicate(0),
            DescriptorHandle.Duplicate(1),
            DescriptorHandle.Duplicate(2));
        var channel = await OpenAsync(
            ends, master.Shared.OpenSessionAsync(ends, signals.Token)).ConfigureAwait(false);
        ConnectionCommand.ForbidMoreSessions(master);
        using var relay = new SignalRelay();
        var pty = await StartAsync(channel).ConfigureAwait(false);
        relay.UseProgram((name, _) => SignalAsync(channel, name));
        background?.Detach(messages);

        var status = ExitStatus.Failure;
        var isInteractive = pty && background is null;
        using (var terminal = isInteractive
            ? TerminalGuard.Enter(() => Resize(channel, ends), messages.SetRawTerminal)
            : null)
        {
            var quit = UseEscapes(ends, terminal);
            ends.StartInput();
            await Task.WhenAny(ends.Completion, signals.WaitAsync(), quit).ConfigureAwait(false);
            if (ends.Completion.IsCompleted) status = StatusOf(await ends.Completion.ConfigureAwait(false));
        }

        if (invocation.WantTty && messages.Verbosity >= Verbosity.Info)
        {
            Messages.WriteError($"Connection to {_configuration.HostName} closed.\r\n");
        }

        if (!ends.Completion.IsCompleted) ends.Abort();
        else await WaitForClientsAsync().ConfigureAwait(false);
        return status;
    }

    /// <summary>Carries standard input and output to where -W says.</summary>
    /// <returns>The exit status.</returns>
    /// <exception cref="SshException">The server does not connect.</exception>
    public async Task<int> ForwardStdioAsync(StdioForward destination)
    {
        var input = invocation.StdinNull
            ? DescriptorHandle.Open("/dev/null", FileAccess.Read)
            : DescriptorHandle.Duplicate(0);
        var ends = DescriptorChannel.ForStream(input, DescriptorHandle.Duplicate(1));
        var opening = destination.IsPath
            ? master.Connection.OpenDirectStreamLocalAsync(destination.Host, ends, signals.Token)
            : master.Connection.OpenDirectTcpipAsync(
                destination.Host, destination.Port, "127.0.0.1", 65535, ends, signals.Token);
        await OpenAsync(ends, opening).ConfigureAwait(false);
        ConnectionCommand.ForbidMoreSessions(master);
        background?.Detach(messages);
        await Task.WhenAny(ends.Completion, signals.WaitAsync()).ConfigureAwait(false);
        if (!ends.Completion.IsCompleted)
        {
            ends.Abort();
            return ExitStatus.Failure;
        }

        var end = await ends.Completion.ConfigureAwait(false);
        if (end.Reason is null) return 0;
        messages.Error(end.Reason);
        return ExitStatus.Failure;
    }

    /// <summary>Gives what completes when an escape asks for the connection's end.</summary>
    private Task UseEscapes(DescriptorChannel ends, TerminalGuard? terminal)
    {
        var isWanted = invocation.WantTty && background is null;
        if (!isWanted || EscapeCharacter.Parse(_configuration.Get("escapechar")) is not { } character)
        {
            return Task.Delay(Timeout.Infinite);
        }

        var commandLine = IsSet("enableescapecommandline") ? new EscapeCommandLine(master, signals, messages) : null;
        var escapes = new OwnEscapes(terminal, commandLine, messages);
        ends.UseEscapes(character, escapes);
        return escapes.Terminated;
    }

    /// <summary>Starts what the command line names; gives whether it has a terminal.</summary>
    private async Task<bool> StartAsync(Channel channel)
    {
        var request = new SessionRequest
        {
            Command = invocation.Command,
            Subsystem = invocation.SessionType == SessionType.Subsystem,
            SessionName = _configuration.SessionName,
            Environment = RemoteEnvironment.Collect(_configuration),
            Pty = invocation.WantTty ? DescribeTerminal() : null,
            WantAgent = _configuration.ForwardAgent,
            WantX11 = _configuration.ForwardX11,
        };
        var hasPty = await channel.StartProgramAsync(request).ConfigureAwait(false);
        if (!hasPty) TellOfMissingTerminal(channel);
        return invocation.WantTty && hasPty;
    }

    /// <summary>
    /// As in ssh(1): a terminal that was asked for by name is needed, one for a shell may be done without.
    /// </summary>
    private void TellOfMissingTerminal(Channel channel)
    {
        var text = $"PTY allocation request failed on channel {channel.LocalId}";
        if (_configuration.RequestTty is RequestTtyMode.Yes or RequestTtyMode.Force)
        {
            throw new SshException(SshError.RequestRefused, text);
        }

        messages.Error(text);
    }

    private PtyRequest DescribeTerminal()
    {
        using var input = DescriptorHandle.Duplicate(0);
        return PtyDescription.Of(input, RemoteEnvironment.Term(_configuration));
    }

    private async Task SignalAsync(Channel channel, string name)
    {
        if (await channel.RequestSignalAsync(name).ConfigureAwait(false)) return;
        messages.Debug($"the remote program does not get SIG{name}: the server did not send it");
    }

    private static void Resize(Channel channel, DescriptorChannel ends)
    {
        if (ends.GetTerminalSize() is { } size) channel.ChangeWindow(size);
    }

    private int StatusOf(ChannelEnd end)
    {
        if (end.Reason is { } reason)
        {
            messages.Lost(_configuration.HostName, reason);
            return ExitStatus.Failure;
        }

        if (end.Exit?.Signal is { } signal) messages.Debug($"the remote program was killed by SIG{signal}");
        return (int)(end.Exit?.Status ?? ExitStatus.Failure) & 0xff;
    }

    private static async Task<Channel> OpenAsync(DescriptorChannel ends, Task<Channel> opening)
    {
        try
        {
            return await opening.ConfigureAwait(false);
        }
        catch
        {
            ends.Abort();
            throw;
        }
    }

    /// <summary>
    /// As ssh(1), a connection whose own session has ended stays for the sessions of others, and for what goes over
    /// forwards: X11 programs that run in the background, for one.
    /// </summary>
    private async Task WaitForClientsAsync()
    {
        if (master.ControlPath is null && master.Shared.ChannelCount == 0) return;
        master.StopListening();
        await Task.WhenAny(master.Ended, signals.WaitAsync()).ConfigureAwait(false);
    }

    /// <summary>Whether a keyword has a value that asks for something.</summary>
    private bool IsSet(string keyword) =>
        _configuration.Get(keyword)?.ToLowerInvariant() is not (null or "no" or "false" or "none");
}
