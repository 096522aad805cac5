using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using SshMux.Engine;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.PowerShell.Masters.Background;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Masters;

/// <content>Masters in processes of their own.</content>
internal sealed partial class MasterOpener
{
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
        // Infinite: for ever, whatever is configured.
        idleLimit ??= configuration.ControlPersist;
        if (idleLimit == Timeout.InfiniteTimeSpan) idleLimit = null;
        controlPath ??= configuration.ControlPath;
        var settings = new BackgroundSettings(
            name ?? (MasterRegistry.HasName(configuration.Host)
                ? BackgroundRecords.FreeName(configuration.Host)
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

    private SocketMaster? FindInBackground(HostConfiguration configuration)
    {
        var hash = HashOf(configuration);
        foreach (var record in BackgroundRecords.All.Where(record => record.Destination == hash))
        {
            var master = SocketMaster.Of(record, configuration);
            if (master.State != MasterState.Open) continue;
            logger.LogUsing(configuration.Host, record.ControlPath);
            return master;
        }

        return null;
    }

    /// <summary>A ProxyCommand is nothing to be written down.</summary>
    private static string HashOf(HostConfiguration configuration) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(DestinationOf(configuration))));
}
