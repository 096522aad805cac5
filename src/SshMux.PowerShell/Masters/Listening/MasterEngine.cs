using Microsoft.Extensions.Logging;
using SshMux.Engine;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Master;
using SshMux.FrontEnds;

namespace SshMux.PowerShell.Masters.Listening;

/// <summary>
/// Opens the engine's masters as the cmdlets want them, here or in the process of a background master.
/// </summary>
internal static class MasterEngine
{
    /// <summary>Connects, logs in, listens, and opens the forwards of the configuration.</summary>
    /// <param name="configuration">The host's settings.</param>
    /// <param name="controlPath">Where to listen, in full; null: nowhere.</param>
    /// <param name="idleLimit">After how long without use it ends; null: never.</param>
    /// <param name="user">Who answers questions.</param>
    /// <param name="furtherLogins">Gives who answers at a further login; null: nobody does.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">Why there is no master.</exception>
    public static async Task<MuxMaster> OpenAsync(
        HostConfiguration configuration,
        string? controlPath,
        TimeSpan? idleLimit,
        IUserInteraction user,
        Func<IUserInteraction>? furtherLogins,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        var options = OptionsFor(configuration, controlPath, idleLimit, furtherLogins, logger);
        var master = await MuxMaster.StartAsync(
            stop => MuxConnector.ConnectAsync(configuration, user, logger, stop), options, cancellationToken)
            .ConfigureAwait(false);
        return await FinishAsync(master, configuration, logger, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Connects and logs in, then finds a path and listens there, and opens the forwards of the configuration.
    /// </summary>
    public static async Task<MuxMaster> OpenAsync(
        HostConfiguration configuration,
        Func<string> findControlPath,
        IUserInteraction user,
        Func<IUserInteraction>? furtherLogins,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        var connection = await MuxConnector.ConnectAsync(configuration, user, logger, cancellationToken)
            .ConfigureAwait(false);
        MuxMaster master;
        try
        {
            var options = OptionsFor(configuration, findControlPath(), idleLimit: null, furtherLogins, logger);
            master = await MuxMaster.StartAsync(connection, options, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return await FinishAsync(master, configuration, logger, cancellationToken).ConfigureAwait(false);
    }

    private static MuxMasterOptions OptionsFor(
        HostConfiguration configuration,
        string? controlPath,
        TimeSpan? idleLimit,
        Func<IUserInteraction>? furtherLogins,
        ILogger logger)
    {
        var options = MuxMasterOptions.From(configuration, Askpass.AskPermissionAsync, logger) with
        {
            ControlPath = controlPath,
            ReplaceStaleSocket = true,
            IdleLimit = idleLimit,
        };

        // A credential is not kept without need.
        var logsInAgain = options.Overflow.Mode == SessionOverflowMode.Connect || options.Reconnection is not null;
        return furtherLogins is null || !logsInAgain ? options : options with
        {
            LogInAgain = stop => MuxConnector.ConnectAsync(configuration, furtherLogins(), logger, stop),
        };
    }

    private static async Task<MuxMaster> FinishAsync(
        MuxMaster master, HostConfiguration configuration, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            await OpenForwardsAsync(master, configuration, logger, cancellationToken).ConfigureAwait(false);
            return master;
        }
        catch
        {
            await master.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>As with ssh, a forward that cannot be had is worth a warning, or ends it all.</summary>
    private static async Task OpenForwardsAsync(
        MuxMaster master, HostConfiguration configuration, ILogger logger, CancellationToken cancellationToken)
    {
        foreach (var spec in ConfiguredForwards.Read(configuration))
        {
            try
            {
                await master.OpenForwardAsync(spec, cancellationToken).ConfigureAwait(false);
            }
            catch (SshException e) when (e.Error == SshError.ForwardFailed && !configuration.ExitOnForwardFailure)
            {
                logger.LogForwardFailed(e.Message);
            }
        }
    }
}
