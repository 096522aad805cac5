using System.Management.Automation.Runspaces;
using Microsoft.Extensions.Logging;
using SshMux.Engine;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Mux.Master;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Pipeline;
using ControlPathTemplate = SshMux.Engine.Configuration.ControlPath;

namespace SshMux.PowerShell.Masters;

/// <summary>Opens masters in this process, for one cmdlet.</summary>
/// <param name="user">Who answers questions.</param>
/// <param name="runspace">Whose masters they are: they end when it removes the module.</param>
/// <param name="logger">Where the engine's messages go while the cmdlet runs.</param>
internal sealed partial class MasterOpener(IPerhapsNobody user, Runspace? runspace, ILogger logger)
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

    private async Task<MuxMaster> OpenEngineAsync(
        HostConfiguration configuration,
        string? controlPath,
        Func<string> findName,
        CancellationToken cancellationToken)
    {
        try
        {
            if (controlPath is not null)
            {
                return await MasterEngine.OpenAsync(configuration, controlPath, null, user, logger, cancellationToken)
                    .ConfigureAwait(false);
            }

            // Too long a path should be known before the login, too.
            ControlPathTemplate.Validate(ControlFolder.SocketFor("Master12345"), listening: true);
            ControlFolder.Prepare();
            await ControlFolder.RemoveStaleAsync(cancellationToken).ConfigureAwait(false);
            return await MasterEngine.OpenAsync(
                configuration, () => ControlFolder.SocketFor(findName()), user, logger, cancellationToken)
                .ConfigureAwait(false);
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
