using SshMux.Engine;
using SshMux.Engine.Configuration;
using SshMux.Engine.Mux;
using SshMux.Engine.Platform;

namespace SshMux.Cli;

/// <summary>A session, or a stdio forward, over an existing master.</summary>
internal sealed class ClientCommand(Invocation invocation, Messages messages, BackgroundProcess? background)
{
    private readonly HostConfiguration _configuration = invocation.Configuration;

    /// <summary>
    /// Runs over the master at the control path. Null if there is none, or it refuses: then a connection of our own is
    /// the next thing to try.
    /// </summary>
    /// <exception cref="SshException">It went wrong in a way that another connection would not mend.</exception>
    public async Task<int?> TryRunAsync(string path, CancellationToken cancellationToken)
    {
        ControlPath.Validate(path, listening: false);
        var client = await ConnectAsync(path, cancellationToken).ConfigureAwait(false);
        if (client is null) return null;
        await using (client.ConfigureAwait(false))
        {
            return invocation.Line.StdioForward is { } destination
                ? await ForwardStdioAsync(client, destination, cancellationToken).ConfigureAwait(false)
                : await RunSessionAsync(client, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<MuxClient?> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var options = new MuxClientOptions { Logger = new MessageLogger(messages) };
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
        catch (SshException e)
        {
            messages.Error($"{e.Message}; going on with a connection of our own");
        }

        return null;
    }

    private async Task<int?> RunSessionAsync(MuxClient client, CancellationToken cancellationToken)
    {
        MuxSession session;
        try
        {
            var allocated = await MasterForwards
                .OpenAsync(client, invocation.Forwards, messages, cancellationToken).ConfigureAwait(false);
            foreach (var (spec, port) in allocated) messages.Notice(ForwardArguments.Allocated(spec, port));
            using var input = invocation.StdinNull
                ? DescriptorHandle.Open("/dev/null", FileAccess.Read)
                : DescriptorHandle.Duplicate(0);
            using var output = DescriptorHandle.Duplicate(1);
            using var error = DescriptorHandle.Duplicate(2);
            session = await client.OpenSessionAsync(
                MakeRequest(), new SessionDescriptors(input, output, error), cancellationToken).ConfigureAwait(false);
        }
        catch (SshException e) when (e.Error == SshError.MuxRefused)
        {
            // Not so if the master has gone: it may have started the command, which must not run twice.
            messages.Error($"{e.Message}; going on with a connection of our own");
            return null;
        }

        await using (session.ConfigureAwait(false))
        {
            background?.Detach(messages);
            return await WaitAsync(session, cancellationToken).ConfigureAwait(false);
        }
    }

    private MuxSessionRequest MakeRequest() => new()
    {
        // As in ssh(1), -N asks for a session, too: a shell that the client ignores.
        Command = invocation.Command,
        Subsystem = invocation.SessionType == SessionType.Subsystem,
        WantTty = invocation.WantTty,
        WantAgent = _configuration.ForwardAgent,
        WantX11 = _configuration.ForwardX11,
        EscapeCharacter = Engine.Configuration.EscapeCharacter.Parse(_configuration.Get("escapechar")),
        Term = RemoteEnvironment.Term(_configuration),
        Environment = RemoteEnvironment.Collect(_configuration),
    };

    private async Task<int> WaitAsync(MuxSession session, CancellationToken cancellationToken)
    {
        if (!invocation.WantTty || background is not null)
        {
            // A signal may end this process as it ends any other: the master sees the control connection close.
            return (await session.Ended.WaitAsync(cancellationToken).ConfigureAwait(false)).ExitCode;
        }

        using var signals = new EndSignals();
        int status;
        using (var terminal = TerminalGuard.Enter(session.TellWindowChange, messages.SetRawTerminal))
        {
            _ = LeaveRawModeIfRefusedAsync(session, terminal);
            var ended = await Task.WhenAny(session.Ended, signals.WaitAsync()).ConfigureAwait(false);
            status = ended == session.Ended
                ? (await session.Ended.ConfigureAwait(false)).ExitCode
                : Program.Failure;
        }

        if (messages.Verbosity >= Verbosity.Info)
        {
            Messages.WriteError($"Shared connection to {_configuration.HostName} closed.\r\n");
        }

        return status;
    }

    private static async Task LeaveRawModeIfRefusedAsync(MuxSession session, TerminalGuard terminal)
    {
        await session.TtyRefused.ConfigureAwait(false);
        terminal.LeaveRawMode();
    }

    private async Task<int?> ForwardStdioAsync(
        MuxClient client, StdioForward destination, CancellationToken cancellationToken)
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
            session = await opening.ConfigureAwait(false);
        }
        catch (SshException e) when (e.Error == SshError.MuxRefused)
        {
            var target = destination.IsPath ? destination.Host : $"{destination.Host} port {destination.Port}";
            throw new SshException(e.Error, $"Stdio forwarding request to {target} failed: {e.Message}", e);
        }

        await using (session.ConfigureAwait(false))
        {
            background?.Detach(messages);
            await session.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
            return 0;
        }
    }
}
