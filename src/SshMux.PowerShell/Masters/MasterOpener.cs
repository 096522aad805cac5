using System.Management.Automation.Runspaces;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using SshMux.Engine;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol;
using SshMux.PowerShell.Masters.Background;
using SshMux.PowerShell.Masters.Listening;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Pipeline;

using ControlPathTemplate = SshMux.Engine.Configuration.ControlPath;

namespace SshMux.PowerShell.Masters;

/// <summary>Opens masters for one cmdlet: in this process, and in processes of their own.</summary>
/// <param name="user">Who answers questions.</param>
/// <param name="runspace">Whose masters they are: they end when it removes the module.</param>
/// <param name="logger">Where the engine's messages go while the cmdlet runs.</param>
internal sealed class MasterOpener(IPerhapsNobody user, Runspace? runspace, ILogger logger)
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
        controlPath ??= ControlPathOf(configuration);
        if (controlPath is null && configuration.ControlPath is { } passedOver)
        {
            logger.LogControlPathPassedOver(configuration.Host, passedOver);
        }

        string? numbered = null;
        try
        {
            var engine = await OpenEngineAsync(configuration, controlPath, NameIt, cancellationToken)
                .ConfigureAwait(false);
            var master = new InProcessMaster(engine, configuration, NameIt(), DestinationOf(configuration));
            MasterShutdown.Prepare();
            if (MasterRegistry.TryAdd(master, runspace)) return master;
            await master.DisposeAsync().ConfigureAwait(false);
            throw new SshException(
                SshError.Stopped, $"another master took the name '{master.Name}' while this one was being opened");
        }
        catch
        {
            if (numbered is not null) MasterRegistry.ReturnName(numbered);
            throw;
        }

        string NameIt() => name ?? (numbered ??= MasterRegistry.NewName());
    }

    /// <summary>Opens a master in a process of its own, which outlives this one.</summary>
    /// <param name="configuration">The host's settings.</param>
    /// <param name="name">The master's name; null for the host's, or one like it that is free.</param>
    /// <param name="controlPath">Where to listen; null: where the configuration says, else in a folder of our
    /// own.</param>
    /// <param name="idleLimit">After how long without use it ends; null: what ControlPersist says, else never.</param>
    /// <param name="cancellationToken">Gives up; nothing is left then.</param>
    /// <exception cref="SshException">Why there is no master.</exception>
    public async Task<Master> OpenInBackgroundAsync(
        HostConfiguration configuration,
        string? name,
        string? controlPath,
        TimeSpan? idleLimit,
        CancellationToken cancellationToken)
    {
        if (!ControlSocket.IsPossible)
        {
            throw new SshException(SshError.NotSupported, "masters in the background come to Windows later");
        }

        // Infinite: for ever, whatever is configured.
        idleLimit ??= configuration.ControlPersist;
        if (idleLimit == Timeout.InfiniteTimeSpan) idleLimit = null;
        controlPath ??= configuration.ControlPath;
        var settings = new BackgroundSettings(
            name ?? (MasterRegistry.HasName(configuration.Host)
                ? BackgroundRecords.FreeName(configuration.Host, MasterRegistry.HasName)
                : configuration.Host),
            name is not null,
            controlPath is null ? null : Path.GetFullPath(controlPath),
            idleLimit,
            logger.IsEnabled(LogLevel.Trace) ? LogLevel.Trace : LogLevel.Information,
            configuration,
            HashOf(configuration));
        logger.LogOpeningInBackground(configuration.Host, settings.Name);
        try
        {
            var record = await new BackgroundStarter(user, logger).OpenAsync(settings, cancellationToken)
                .ConfigureAwait(false);
            return SocketMaster.Of(record, configuration);
        }
        catch (SshException e)
        {
            throw WithRemedy(e);
        }
    }

    /// <summary>
    /// The living master at a path: this process's, or who listens there. Null if nobody does, and a master can.
    /// </summary>
    /// <exception cref="SshException">Somebody is there who cannot be used, or the path cannot be one.</exception>
    public async Task<Master?> FindAsync(
        string path, HostConfiguration configuration, CancellationToken cancellationToken)
    {
        if (MasterRegistry.FindByControlPath(path) is { IsOpen: true } own)
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
        if (ControlPathOf(configuration) is { } path && MasterRegistry.FindByControlPath(path) is null)
        {
            // As with ControlMaster=auto: if there is none, it is us who listen there.
            var found = await FindAsync(path, configuration, cancellationToken).ConfigureAwait(false);
            if (found is not null) return found;
        }

        return await MasterRegistry.GetOrOpenAsync(
            DestinationOf(configuration),
            async () =>
            {
                if (FindInBackground(configuration) is { } found) return found;
                logger.LogOpening(configuration.Host);
                return await OpenAsync(configuration, null, null, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What makes two logins the same.</summary>
    public static string DestinationOf(HostConfiguration configuration) => string.Join(
        '\n',
        configuration.User,
        configuration.HostName,
        configuration.Port,
        configuration.HostKeyAlias,
        configuration.ProxyJump,
        configuration.ProxyCommand,
        configuration.ControlPath);

    /// <summary>Where the configuration wants a control socket; null, too, where there can be none.</summary>
    public static string? ControlPathOf(HostConfiguration configuration) =>
        ControlSocket.IsPossible ? configuration.ControlPath : null;

    private SocketMaster? FindInBackground(HostConfiguration configuration)
    {
        var hash = HashOf(configuration);
        foreach (var record in BackgroundRecords.All.Where(record => record.Destination == hash))
        {
            var master = SocketMaster.Of(record, configuration);
            if (!master.IsOpen) continue;
            logger.LogUsing(configuration.Host, record.ControlPath);
            return master;
        }

        return null;
    }

    /// <summary>A ProxyCommand is nothing to be written down.</summary>
    private static string HashOf(HostConfiguration configuration) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(DestinationOf(configuration))));

    private async Task<MuxMaster> OpenEngineAsync(
        HostConfiguration configuration,
        string? controlPath,
        Func<string> findName,
        CancellationToken cancellationToken)
    {
        try
        {
            if (controlPath is not null || !ControlSocket.IsPossible)
            {
                return await MasterEngine.OpenAsync(
                    configuration, controlPath, null, user, user.FurtherLogins, logger, cancellationToken)
                    .ConfigureAwait(false);
            }

            // Too long a path should be known before the login, too.
            ControlPathTemplate.Validate(ControlFolder.SocketFor("Master12345"), listening: true);
            ControlFolder.Prepare();
            await ControlFolder.RemoveStaleAsync(cancellationToken).ConfigureAwait(false);
            return await MasterEngine.OpenAsync(
                configuration,
                () => ControlFolder.SocketFor(findName()),
                user,
                user.FurtherLogins,
                logger,
                cancellationToken).ConfigureAwait(false);
        }
        catch (SshException e)
        {
            throw WithRemedy(e);
        }
    }

    /// <summary>Adds what somebody at a cmdlet can do to what the engine says.</summary>
    private SshException WithRemedy(SshException reason)
    {
        if (reason.Error == SshError.HostKeyUnknown && user.HasDeclined)
        {
            return new SshException(
                reason.Error, $"you declined the host key: {reason.Message}", reason);
        }

        var remedy = (reason.Error, user.WhyNobodyIsThere) switch
        {
            (SshError.HostKeyUnknown, not null) =>
                ". Here nobody can be asked: -AcceptNewHostKey accepts a new host's key without a question",
            (SshError.AuthenticationFailed or SshError.KeyUnusable, not null) =>
                "; here nobody can be asked: give the password with -Credential, or log in with a key that needs no "
                + "passphrase or is in the agent",
            _ => null,
        };
        return remedy is null ? reason : new SshException(reason.Error, reason.Message + remedy, reason);
    }
}
