using System.Runtime.InteropServices;
using SshMux.Cli.Arguments;
using SshMux.Cli.Output;
using SshMux.Cli.Processes;
using SshMux.Engine;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Platform;
using SshMux.FrontEnds;

namespace SshMux.Cli.Commands;

/// <summary>A session, or a stdio forward, over an existing master.</summary>
internal sealed class ClientCommand(Invocation invocation, Messages messages, BackgroundProcess? background)
{
    /// <summary>How long the server may take to say that it has passed a signal on.</summary>
    private static readonly TimeSpan SignalLimit = TimeSpan.FromSeconds(1);

    private readonly HostConfiguration _configuration = invocation.Configuration;

    /// <summary>Whether the terminal is that of a shell, which can continue this process after <c>~^Z</c>.</summary>
    private bool IsStoppable => invocation.WantTty && background is null && StopSignal.IsPossible;

    private char? EscapeCharacter => Engine.Configuration.EscapeCharacter.Parse(_configuration.Get("escapechar"));

    /// <summary>
    /// Runs over the master at the control path. Null if there is none, or it refuses: then a connection of our own is
    /// the next thing to try.
    /// </summary>
    /// <exception cref="SshException">It went wrong in a way that another connection would not mend.</exception>
    public async Task<int?> TryRunAsync(string path, CancellationToken cancellationToken)
    {
        ControlPath.Validate(path, listening: false);

        // From here on: the remote program may run, and be meant by a signal, before we know.
        using var signals = new EndSignals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Token);
        var client = await ConnectAsync(path, stop.Token).ConfigureAwait(false);
        if (client is null) return null;
        await using (client.ConfigureAwait(false))
        {
            if (invocation.Line.StdioForward is { } destination)
            {
                return await ForwardStdioAsync(client, destination, signals, cancellationToken).ConfigureAwait(false);
            }

            return await OpenForwardsAsync(client, stop.Token).ConfigureAwait(false)
                ? await RunSessionAsync(client, signals, cancellationToken).ConfigureAwait(false)
                : null;
        }
    }

    private async Task<MuxClient?> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var options = new MuxClientOptions
            {
                Logger = new MessageLogger(messages),
                Announced = IsStoppable ? [MuxExtensions.OfStoppableClient] : [],
                Own = MuxOwnForwards.Of(_configuration),
                OnNotice = notice => messages.Notice($"sshmux: {notice.Text}"),
            };
            if (_configuration.ConnectTimeout is { } limit) options = options with { HelloTimeout = limit };
            return await MuxClient.ConnectAsync(path, options, cancellationToken).ConfigureAwait(false);
        }
        catch (SshException e) when (e.Error == SshError.ControlSocketMissing)
        {
            messages.Debug($"Control socket \"{path}\" does not exist");
        }
        catch (SshException e) when (
            e.Error == SshError.ControlSocketStale && _configuration.ControlMaster != ControlMasterMode.No)
        {
            messages.Debug($"Control socket \"{path}\" is stale");
        }
        catch (SshException e) when (e.Error != SshError.ControlSocketUntrusted)
        {
            messages.Error($"{e.Message}; going on with a connection of our own");
        }

        return null;
    }

    private async Task<int?> RunSessionAsync(
        MuxClient client, EndSignals signals, CancellationToken cancellationToken)
    {
        // For any other master these signals are what they are for any program.
        using var relay = await client.KnowsAsync(MuxExtensions.Signal, cancellationToken).ConfigureAwait(false)
            ? new SignalRelay()
            : null;
        MuxSession session;
        try
        {
            using var input = invocation.StdinNull
                ? DescriptorHandle.Open("/dev/null", FileAccess.Read)
                : DescriptorHandle.Duplicate(0);
            using var output = DescriptorHandle.Duplicate(1);
            using var error = DescriptorHandle.Duplicate(2);
            var opening = client.OpenSessionAsync(
                MakeRequest(), new SessionDescriptors(input, output, error), cancellationToken);
            await Task.WhenAny(opening, signals.WaitAsync()).ConfigureAwait(false);

            // The program may run already.
            if (!opening.IsCompleted) opening = opening.WaitAsync(SignalLimit, CancellationToken.None);
            session = await opening.ConfigureAwait(false);
        }
        catch (SshException e) when (e.IsMastersRefusal)
        {
            // Not so if the master has gone: it may have started the command, which must not run twice.
            return GoOnAlone(e);
        }
        catch (TimeoutException)
        {
            return ExitStatus.Failure;
        }

        await using (session.ConfigureAwait(false))
        {
            relay?.UseProgram(session.SendSignalAsync);
            background?.Detach(messages);
            return await WaitAsync(session, signals, relay, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Has the master open what forwards were asked for; false if it refuses.</summary>
    private async Task<bool> OpenForwardsAsync(MuxClient client, CancellationToken cancellationToken)
    {
        try
        {
            var allocated = await MasterForwards
                .OpenAsync(client, invocation.Forwards, messages, cancellationToken).ConfigureAwait(false);
            foreach (var (spec, port) in allocated) messages.Notice(ForwardArguments.Allocated(spec, port));
            return true;
        }
        catch (SshException e) when (e.IsMastersRefusal)
        {
            GoOnAlone(e);
            return false;
        }
    }

    private int? GoOnAlone(SshException refusal)
    {
        messages.Error($"{refusal.Message}; going on with a connection of our own");
        return null;
    }

    private MuxSessionRequest MakeRequest() => new()
    {
        // As in ssh(1), -N asks for a session, too: a shell that the client ignores.
        Command = invocation.Command,
        Subsystem = invocation.SessionType == SessionType.Subsystem,
        SessionName = _configuration.SessionName,
        WantTty = invocation.WantTty,
        WantAgent = _configuration.ForwardAgent,
        WantX11 = _configuration.ForwardX11,
        EscapeCharacter = EscapeCharacter,
        Term = RemoteEnvironment.Term(_configuration),
        Environment = RemoteEnvironment.Collect(_configuration),
    };

    private async Task<int> WaitAsync(
        MuxSession session, EndSignals signals, SignalRelay? relay, CancellationToken cancellationToken)
    {
        if (!invocation.WantTty || background is not null)
        {
            await Task.WhenAny(session.Ended, signals.WaitAsync()).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (session.Ended.IsCompleted) return (await session.Ended.ConfigureAwait(false)).ExitCode;
            if (relay is not null) await PassOnAsync(relay, signals).ConfigureAwait(false);
            return ExitStatus.Failure;
        }

        int status;
        using (var terminal = TerminalGuard.Enter(session.TellWindowChange, messages.SetRawTerminal))
        {
            _ = LeaveRawModeIfRefusedAsync(session, terminal);
            if (EscapeCharacter is { } escape) _ = new ClientSuspension(session, escape).RunAsync();
            var ended = await Task.WhenAny(session.Ended, signals.WaitAsync()).ConfigureAwait(false);
            status = ended == session.Ended
                ? (await session.Ended.ConfigureAwait(false)).ExitCode
                : ExitStatus.Failure;
        }

        if (messages.Verbosity >= Verbosity.Info)
        {
            Messages.WriteError($"Shared connection to {_configuration.HostName} closed.\r\n");
        }

        return status;
    }

    /// <summary>
    /// Whoever ends this process means the remote program, which the end of the session alone does not end where it has
    /// no terminal. A master of ours can have the server tell it.
    /// </summary>
    private static async Task PassOnAsync(SignalRelay relay, EndSignals signals)
    {
        var name = signals.Received switch
        {
            PosixSignal.SIGINT => "INT",
            PosixSignal.SIGHUP => "HUP",
            PosixSignal.SIGQUIT => "QUIT",
            _ => "TERM",
        };
        try
        {
            using var limit = new CancellationTokenSource(SignalLimit);
            await relay.SendAsync(name, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SshException or OperationCanceledException)
        {
            // The master is gone, or slow; this process ends all the same.
        }
    }

    private static async Task LeaveRawModeIfRefusedAsync(MuxSession session, TerminalGuard terminal)
    {
        await session.TtyRefused.ConfigureAwait(false);
        terminal.LeaveRawMode();
    }

    private async Task<int?> ForwardStdioAsync(
        MuxClient client, StdioForward destination, EndSignals signals, CancellationToken cancellationToken)
    {
        using var input = invocation.StdinNull
            ? DescriptorHandle.Open("/dev/null", FileAccess.Read)
            : DescriptorHandle.Duplicate(0);
        using var output = DescriptorHandle.Duplicate(1);
        var opening = destination.IsPath
            ? client.OpenStdioForwardAsync(destination.Host, input, output, cancellationToken)
            : client.OpenStdioForwardAsync(destination.Host, destination.Port, input, output, cancellationToken);
        MuxSession session;
        try
        {
            await Task.WhenAny(opening, signals.WaitAsync()).ConfigureAwait(false);

            // Bytes may go through it already.
            if (!opening.IsCompleted) opening = opening.WaitAsync(SignalLimit, CancellationToken.None);
            session = await opening.ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return ExitStatus.Failure;
        }
        catch (SshException e) when (e.IsMastersRefusal)
        {
            var target = destination.IsPath ? destination.Host : $"{destination.Host} port {destination.Port}";
            throw new SshException(e.Error, $"Stdio forwarding request to {target} failed: {e.Message}", e);
        }

        await using (session.ConfigureAwait(false))
        {
            background?.Detach(messages);

            // As with ssh(1), a signal is a good end of this.
            await Task.WhenAny(session.Ended, signals.WaitAsync()).ConfigureAwait(false);
            if (session.Ended.IsCompleted) await session.Ended.ConfigureAwait(false);
            return 0;
        }
    }
}
