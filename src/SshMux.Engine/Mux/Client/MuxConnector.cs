using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Connecting;
using SshMux.Engine.Mux.Protocol;

namespace SshMux.Engine.Mux.Client;

/// <summary>
/// Connects as <see cref="SshConnector"/> does, and uses the masters of jump hosts: as with ssh(1), a jump host whose
/// configuration names a control socket where a master listens is not logged in to again.
/// </summary>
internal static partial class MuxConnector
{
    /// <inheritdoc cref="SshConnector.ConnectAsync(HostConfiguration, IUserInteraction, ILogger, CancellationToken)"/>
    public static Task<SshConnection> ConnectAsync(
        HostConfiguration configuration,
        IUserInteraction interaction,
        ILogger logger,
        CancellationToken cancellationToken) =>
        SshConnector.ConnectAsync(
            configuration, interaction, logger,
            (jumpHost, host, port, stop) => JumpAsync(jumpHost, host, port, logger, stop),
            cancellationToken);

    private static async Task<Stream?> JumpAsync(
        HostConfiguration jumpHost, string host, int port, ILogger logger, CancellationToken cancellationToken)
    {
        if (!ControlSocket.IsPossible
            || jumpHost.ControlPath is not { } path
            || jumpHost.ControlMaster is ControlMasterMode.Yes or ControlMasterMode.Ask)
        {
            return null;
        }

        MuxClient client;
        try
        {
            client = await MuxClient.ConnectAsync(path, new MuxClientOptions { Logger = logger }, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (SshException e) when (e.Error != SshError.ControlSocketUntrusted)
        {
            LogNoMaster(logger, jumpHost.Host, e.Message);
            return null;
        }

        // The session keeps a control connection for itself; the client's own is not needed any more.
        await using (client.ConfigureAwait(false))
        {
            LogUsing(logger, path, jumpHost.Host);
            return await client.OpenStreamAsync(host, port, cancellationToken).ConfigureAwait(false);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "logging in at {JumpHost}, for it has no master: {Problem}")]
    private static partial void LogNoMaster(ILogger logger, string jumpHost, string problem);

    [LoggerMessage(Level = LogLevel.Debug, Message = "using the master at {Path} to jump over {JumpHost}")]
    private static partial void LogUsing(ILogger logger, string path, string jumpHost);
}
