using System.Management.Automation.Runspaces;
using Microsoft.Extensions.Logging;
using SshMux.Engine;
using SshMux.Engine.Authentication;
using SshMux.Engine.Configuration;

namespace SshMux.PowerShell.Masters;

/// <summary>Opens masters in this process, for one cmdlet.</summary>
/// <param name="user">Who answers questions.</param>
/// <param name="runspace">Whose masters they are: they end when it removes the module.</param>
/// <param name="logger">Where the engine's messages go while the cmdlet runs.</param>
internal sealed partial class MasterOpener(IUserInteraction user, Runspace? runspace, ILogger logger)
{
    /// <summary>Connects, logs in and listens.</summary>
    /// <param name="configuration">The host's settings.</param>
    /// <param name="name">The master's name; null for the next free one.</param>
    /// <param name="controlPath">Where to listen; null: where the configuration says, else in a folder of our
    /// own.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">Why there is no master.</exception>
    public async Task<Master> OpenAsync(
        HostConfiguration configuration, string? name, string? controlPath, CancellationToken cancellationToken)
    {
        name ??= MasterRegistry.NewName();
        controlPath ??= configuration.ControlPath;
        if (controlPath is null)
        {
            ControlFolder.Prepare();
            await ControlFolder.RemoveStaleAsync(cancellationToken).ConfigureAwait(false);
            controlPath = ControlFolder.SocketFor(name);
        }

        var engine = await MasterEngine.OpenAsync(configuration, controlPath, null, user, logger, cancellationToken)
            .ConfigureAwait(false);
        var master = new InProcessMaster(engine, configuration, name, DestinationOf(configuration));
        MasterShutdown.Prepare();
        if (MasterRegistry.TryAdd(master, runspace)) return master;
        await master.DisposeAsync().ConfigureAwait(false);
        throw new SshException(
            SshError.Stopped, $"another master took the name '{name}' while this one was being opened");
    }

    /// <summary>
    /// The master for a host: this process's, else the one at the configured control path, else a new one.
    /// </summary>
    /// <exception cref="SshException">Why there is none and none can be opened.</exception>
    public async Task<Master> FindOrOpenAsync(HostConfiguration configuration, CancellationToken cancellationToken)
    {
        if (configuration.ControlPath is { } path && MasterRegistry.FindByControlPath(path) is null)
        {
            try
            {
                var found = await SocketMaster.FindAsync(path, configuration, cancellationToken)
                    .ConfigureAwait(false);
                logger.LogUsing(configuration.Host, path);
                return found;
            }
            catch (SshException e) when (e.Error is SshError.ControlSocketMissing or SshError.ControlSocketStale)
            {
                // As with ControlMaster=auto: then it is us who listen there.
            }
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
}
