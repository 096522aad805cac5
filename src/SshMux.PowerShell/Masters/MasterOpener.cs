using System.Management.Automation.Runspaces;
using Microsoft.Extensions.Logging;
using SshMux.Engine;
using SshMux.Engine.Configuration;
using SshMux.Engine.Connection;
using SshMux.Engine.Mux;
using SshMux.Engine.Platform;
using SshMux.PowerShell.Pipeline;
using ControlPathTemplate = SshMux.Engine.Configuration.ControlPath;

namespace SshMux.PowerShell.Masters;

/// <summary>Opens masters in this process, for one cmdlet.</summary>
/// <param name="user">Who answers questions.</param>
/// <param name="runspace">Whose masters they are: they end when it removes the module.</param>
/// <param name="logger">Where the engine's messages go while the cmdlet runs.</param>
internal sealed class MasterOpener(HostInteraction user, Runspace? runspace, ILogger logger)
{
    // A living master answers at once; one that hangs would never.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    /// <summary>Connects, logs in and listens.</summary>
    /// <param name="configuration">The host's settings.</param>
    /// <param name="name">The master's name; null for the next free one, which only a login that succeeds gets.</param>
    /// <param name="controlPath">Where to listen; null: where the configuration says, else in a folder of our
    /// own.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">Why there is no master.</exception>
    public async Task<Master> OpenAsync(
        HostConfiguration configuration, string? name, string? controlPath, CancellationToken cancellationToken)
    {
        controlPath ??= configuration.ControlPath;
        var isNamed = name is not null;
        try
        {
            MuxMaster engine;
            if (controlPath is not null)
            {
                // Checks the path before the login.
                engine = await MuxMaster.StartAsync(
                    stop => ConnectAsync(configuration, stop), OptionsFor(configuration, controlPath),
                    cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await PrepareFolderAsync(name, cancellationToken).ConfigureAwait(false);
                var connection = await ConnectAsync(configuration, cancellationToken).ConfigureAwait(false);
                try
                {
                    name ??= MasterRegistry.NewName();
                    engine = await MuxMaster.StartAsync(
                        connection, OptionsFor(configuration, ControlFolder.SocketFor(name)), cancellationToken)
                        .ConfigureAwait(false);
                }
                catch
                {
                    await connection.DisposeAsync().ConfigureAwait(false);
                    throw;
                }
            }

            await OpenForwardsAsync(engine, configuration, cancellationToken).ConfigureAwait(false);
            name ??= MasterRegistry.NewName();
            var master = new InProcessMaster(engine, configuration, name, DestinationOf(configuration));
            MasterShutdown.Prepare();
            if (MasterRegistry.TryAdd(master, runspace)) return master;
            await master.DisposeAsync().ConfigureAwait(false);
            throw new SshException(
                SshError.Stopped, $"another master took the name '{name}' while this one was being opened");
        }
        catch
        {
            if (!isNamed && name is not null) MasterRegistry.ReturnName(name);
            throw;
        }
    }

    /// <summary>
    /// The living master at a path: this process's, or who listens there. Null if nobody does, and a master can.
    /// </summary>
    /// <exception cref="SshException">Somebody is there who cannot be used, or the path cannot be one.</exception>
    public async Task<Master?> FindAsync(
        string path, HostConfiguration configuration, CancellationToken cancellationToken)
    {
        if (MasterRegistry.FindByControlPath(path) is { State: MasterState.Open } own)
        {
            logger.LogUsing(configuration.Host, path);
            return own;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        try
        {
            var found = await SocketMaster.FindAsync(path, configuration, limit.Token).ConfigureAwait(false);
            logger.LogUsing(configuration.Host, path);
            return found;
        }
        catch (SshException e) when (e.Error is SshError.ControlSocketMissing or SshError.ControlSocketStale)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SshException(
                SshError.ConnectionTimeout,
                $"somebody listens at {path}, but does not answer within {AnswerLimit.TotalSeconds} s; end that "
                + "process, or choose another path with -ControlPath");
        }
    }

    /// <summary>
    /// The master for a host: this process's, else the one at the configured control path, else a new one.
    /// </summary>
    /// <exception cref="SshException">Why there is none and none can be opened.</exception>
    public async Task<Master> FindOrOpenAsync(HostConfiguration configuration, CancellationToken cancellationToken)
    {
        if (configuration.ControlPath is { } path && MasterRegistry.FindByControlPath(path) is null)
        {
            // As with ControlMaster=auto: if there is none, it is us who listen there.
            var found = await FindAsync(path, configuration, cancellationToken).ConfigureAwait(false);
            if (found is not null) return found;
        }

        return await MasterRegistry.GetOrOpenAsync(
            DestinationOf(configuration),
            async () =>
            {
                logger.LogOpening(configuration.Host);
                return await OpenAsync(configuration, null, null, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task PrepareFolderAsync(string? name, CancellationToken cancellationToken)
    {
        // Too long a path should be known before the login, too.
        ControlPathTemplate.Validate(ControlFolder.SocketFor(name ?? "Master12345"), listening: true);
        ControlFolder.Prepare();
        await ControlFolder.RemoveStaleAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<SshConnection> ConnectAsync(HostConfiguration configuration, CancellationToken cancellationToken)
    {
        try
        {
            return await MuxConnector.ConnectAsync(configuration, user, logger, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (SshException e) when (Remedy(e.Error) is { } remedy)
        {
            throw new SshException(e.Error, $"{e.Message}{remedy}", e);
        }
    }

    /// <summary>What somebody at a cmdlet can do, in addition to what the engine says.</summary>
    private string? Remedy(SshError error) => (error, user.WhyNobodyIsThere) switch
    {
        (SshError.HostKeyUnknown, null) => ". -AcceptNewHostKey accepts a new host's key without a question",
        (SshError.HostKeyUnknown, _) =>
            ". Here nobody can be asked: -AcceptNewHostKey accepts a new host's key without a question",
        (SshError.AuthenticationFailed, not null) =>
            "; here nobody can be asked: give the password with -Credential, or log in with a key that needs no "
            + "passphrase or is in the agent",
        _ => null,
    };

    private MuxMasterOptions OptionsFor(HostConfiguration configuration, string controlPath) => new()
    {
        ControlPath = controlPath,
        ReplaceStaleSocket = true,
        SendEnv = configuration.SendEnv,
        SetEnv = configuration.SetEnv,
        AskPermission = configuration.ControlMaster is ControlMasterMode.Ask or ControlMasterMode.AutoAsk
            ? Askpass.AskPermissionAsync
            : null,
        HostName = configuration.HostName,
        Forwards = ForwardOptions.From(configuration, logger),
        Logger = logger,
    };

    /// <summary>
    /// Opens the forwards of the configuration. As with ssh, one that cannot be had is worth a warning, or ends it all.
    /// </summary>
    private async Task OpenForwardsAsync(
        MuxMaster engine, HostConfiguration configuration, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var spec in ConfiguredForwards.Read(configuration))
            {
                try
                {
                    await engine.OpenForwardAsync(spec, cancellationToken).ConfigureAwait(false);
                }
                catch (SshException e) when (e.Error == SshError.ForwardFailed && !configuration.ExitOnForwardFailure)
                {
                    logger.LogForwardFailed(e.Message);
                }
            }
        }
        catch
        {
            await engine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What makes two logins the same.</summary>
    private static string DestinationOf(HostConfiguration configuration) => string.Join(
        '\n',
        configuration.User,
        configuration.HostName,
        configuration.Port,
        configuration.HostKeyAlias,
        configuration.ProxyJump,
        configuration.ProxyCommand,
        configuration.ControlPath);
}
