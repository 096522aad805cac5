using System.Runtime.InteropServices;
using SshMux.Cli.Arguments;
using SshMux.Cli.Output;
using SshMux.Cli.Processes;
using SshMux.Engine;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Proxy;
using SshMux.Engine.Platform.Processes;
using SshMux.FrontEnds;

namespace SshMux.Cli.Commands;

/// <summary>
/// A connection of our own: for one session or stdio forward, for forwards, and as a master for others.
/// </summary>
internal sealed class ConnectionCommand(
    Invocation invocation, Messages messages, BackgroundProcess? background)
{
    private readonly HostConfiguration _configuration = invocation.Configuration;
    private readonly MessageLogger _logger = new(messages);

    private bool IsPersistentMaster => background?.Kind == BackgroundKind.Master;

    private bool IsMaster => invocation.Line.Operation is null
        && _configuration is { ControlPath: not null, ControlMaster: not ControlMasterMode.No };

    /// <summary>Connects, logs in, and runs to the end.</summary>
    /// <returns>The exit status.</returns>
    /// <exception cref="SshException">Why it cannot be done, or why it ended.</exception>
    public async Task<int> RunAsync()
    {
        if (IsMaster) ControlPath.Validate(_configuration.ControlPath!, listening: true);
        if (IsPersistentMaster && !await IsPathFreeAsync().ConfigureAwait(false)) return 0;

        // Until the login is done a signal ends the process as it ends any other: there is nothing to clean up.
        var cancellation = background?.ForegroundGone ?? CancellationToken.None;
        var connection = await ConnectAsync(cancellation).ConfigureAwait(false);
        using var signals = new EndSignals();
        MuxMaster master;
        try
        {
            master = await StartMasterAsync(connection).ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        await using (master.ConfigureAwait(false))
        {
            if (IsPersistentMaster && master.ControlPath is null) return 0;
            await OpenForwardsAsync(master).ConfigureAwait(false);
            await RunLocalCommandAsync().ConfigureAwait(false);
            var status = await RunOverAsync(master, signals).ConfigureAwait(false);
            if (signals.Received is { } signal && messages.Verbosity >= Verbosity.Verbose)
            {
                messages.Log($"Killed by {signal}.");
            }

            return status;
        }
    }

    /// <summary>As ssh(1): a connection that is no master has no use for a further session.</summary>
    internal static void ForbidMoreSessions(MuxMaster master)
    {
        if (master.ControlPath is null) master.Connection.ForbidMoreSessions();
    }

    private Task<SshConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        if (invocation.Line.Operation == ControlOperation.Proxy) return ConnectOverMasterAsync(cancellationToken);
        var interaction = new TerminalInteraction(messages, _configuration.BatchMode);
        return MuxConnector.ConnectAsync(_configuration, interaction, _logger, cancellationToken);
    }

    /// <summary>As in ssh(1), there is no connection of our own to fall back to.</summary>
    private async Task<SshConnection> ConnectOverMasterAsync(CancellationToken cancellationToken)
    {
        var path = invocation.RequireControlPath();
        var options = new MuxClientOptions { Logger = _logger };
        if (_configuration.ConnectTimeout is { } limit) options = options with { HelloTimeout = limit };
        try
        {
            return await MuxProxyTransport
                .OpenConnectionAsync(path, _configuration, options, cancellationToken).ConfigureAwait(false);
        }
        catch (SshException e)
        {
            throw ControlCommand.Explain(path, e);
        }
    }

    private async Task OpenForwardsAsync(MuxMaster master)
    {
        foreach (var spec in invocation.Forwards)
        {
            try
            {
                var port = await master.OpenForwardAsync(spec).ConfigureAwait(false);
                if (port is { } chosen) messages.Notice(ForwardArguments.Allocated(spec, chosen));
            }
            catch (SshException e) when (e.Error == SshError.ForwardFailed)
            {
                Report(spec, e);
            }
        }
    }

    /// <summary>
    /// As ssh(1), going on without a forward is worth a message, unless the user wants it to be fatal.
    /// </summary>
    private void Report(ForwardSpec spec, SshException failure)
    {
        var isRemote = spec.Kind == ForwardKind.Remote;
        if (!_configuration.ExitOnForwardFailure)
        {
            if (isRemote) messages.Notice($"Warning: {failure.Message}");
            else messages.Error(failure.Message);
            return;
        }

        var prefix = isRemote ? "Error: " : "";
        throw new SshException(failure.Error, prefix + failure.Message, failure);
    }

    /// <summary>LocalCommand, to its end: it may write to standard output, which is the session's after that.</summary>
    private async Task RunLocalCommandAsync()
    {
        if (_configuration.LocalCommand is not { } command) return;
        messages.Debug($"Executing command: '{command}'");
        var how = await (invocation.Line.OverStandardStreams
            ? UserShell.RunApartAsync(command, CancellationToken.None)
            : UserShell.RunAsync(command, CancellationToken.None)).ConfigureAwait(false);
        messages.Debug($"The local command {how}");
    }

    private Task<int> RunOverAsync(MuxMaster master, EndSignals signals)
    {
        if (IsPersistentMaster) return StayAsync(master, signals);
        if (invocation.Line.OverStandardStreams)
        {
            StandardStreamMaster.Serve(master, messages);
            return StayAsync(master, signals);
        }

        var session = new OwnSession(invocation, messages, background, master, signals);
        if (invocation.Line.StdioForward is { } destination) return session.ForwardStdioAsync(destination);
        return invocation.SessionType == SessionType.None
            ? StayAsync(master, signals)
            : session.RunAsync();
    }

    /// <summary>
    /// Shares the connection at the control path. If another master has it, the connection is for this command alone.
    /// </summary>
    private async Task<MuxMaster> StartMasterAsync(SshConnection connection)
    {
        var options = MuxMasterOptions.From(_configuration, Askpass.AskPermissionAsync, _logger) with
        {
            IdleLimit = IsPersistentMaster ? _configuration.ControlPersist : null,
        };
        if (!IsMaster) options = Alone(options) with { Prewarm = 0 };
        try
        {
            return await MuxMaster.StartAsync(connection, options, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SshException e) when (e.Error is SshError.ControlSocketInUse or SshError.ControlSocketStale)
        {
            if (!IsPersistentMaster)
            {
                messages.Error(
                    $"ControlSocket {_configuration.ControlPath} already exists, disabling multiplexing: {e.Message}");
            }

            return await MuxMaster
                .StartAsync(connection, Alone(options), CancellationToken.None)
                .ConfigureAwait(false);
        }
    }

    /// <summary>For a connection that nobody shares. Its forwards may outlive it, its one session does not.</summary>
    private MuxMasterOptions Alone(MuxMasterOptions options)
    {
        var isForForwards = invocation.SessionType == SessionType.None && invocation.Line.StdioForward is null;
        return options with
        {
            ControlPath = null,
            Overflow = SessionOverflow.Refuse,
            Reconnection = isForForwards ? options.Reconnection : null,
        };
    }

    /// <summary>A master in the background need not log in if another one was faster.</summary>
    private async Task<bool> IsPathFreeAsync()
    {
        try
        {
            await using var other = await MuxClient.ConnectAsync(_configuration.ControlPath!).ConfigureAwait(false);
            return false;
        }
        catch (SshException e) when (e.Error != SshError.ControlSocketUntrusted)
        {
            // Whatever is wrong with the path, listening there says it.
            return true;
        }
    }

    /// <summary>Stays until the connection ends, somebody ends the master, or a signal comes.</summary>
    private async Task<int> StayAsync(MuxMaster master, EndSignals signals)
    {
        if (!IsPersistentMaster && !invocation.Line.OverStandardStreams) ForbidMoreSessions(master);
        background?.Detach(messages);
        await Task.WhenAny(master.Ended, signals.WaitAsync()).ConfigureAwait(false);
        if (!master.Ended.IsCompleted)
        {
            // As ssh(1): SIGTERM is how one ends it on purpose.
            return signals.Received == PosixSignal.SIGTERM ? 0 : ExitStatus.Failure;
        }

        return Tell(await master.Ended.ConfigureAwait(false));
    }

    /// <summary>Says why the connection ended; that somebody wanted it is no failure.</summary>
    private int Tell(SshException reason)
    {
        if (reason.Error == SshError.Stopped)
        {
            if (messages.HasFile) messages.Notice(reason.Message);
            return 0;
        }

        messages.Lost(_configuration.HostName, reason);
        return ExitStatus.Failure;
    }
}
