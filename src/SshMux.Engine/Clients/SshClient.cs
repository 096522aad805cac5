using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Streams;

namespace SshMux.Engine.Clients;

/// <summary>
/// A login of this process: connected as ssh(1) would, by ssh_config(5), known_hosts, keys and the agent. With a
/// control path (<see cref="SshClientOptions.ControlPath"/>) it is a master, too, which other programs share.
/// </summary>
public sealed class SshClient : ISshClient
{
    private readonly MuxMaster _master;
    private readonly HostConfiguration _configuration;

    private SshClient(MuxMaster master, HostConfiguration configuration)
    {
        _master = master;
        _configuration = configuration;
    }

    /// <summary>The host as it was named.</summary>
    public string Name => _configuration.Host;

    /// <summary>The user that is logged in.</summary>
    public string User => _configuration.User;

    /// <summary>Where other programs find it; null if it does not listen (any more).</summary>
    public string? ControlPath => _master.ControlPath;

    /// <summary>
    /// Completes, never faults, when the connection has ended and nothing of it is left; its result is the one recorded
    /// reason.
    /// </summary>
    public Task<SshException> Ended => _master.Ended;

    /// <summary>Connects and logs in.</summary>
    /// <param name="destination">A host's name or an alias of the configuration, <c>user@host</c>, or
    /// <c>ssh://[user@]host[:port]</c>.</param>
    /// <param name="options">What overrides the configuration; null: nothing, and nobody is asked.</param>
    /// <param name="cancellationToken">Gives up at once; nothing is left behind.</param>
    /// <exception cref="SshException">Why there is no connection; see <see cref="SshError"/>.</exception>
    public static async Task<SshClient> ConnectAsync(
        string destination, SshClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        options ??= new SshClientOptions();
        var query = new HostQuery
        {
            Host = destination,
            User = options.User,
            Port = options.Port,
            IdentityFiles = options.IdentityFiles,
            ConfigFile = options.ConfigFile,
            Options = options.Options,
            StaysInForeground = true,
        };
        var configuration = await HostConfiguration.LoadAsync(query, cancellationToken).ConfigureAwait(false);
        var master = await MuxMaster.StartAsync(
            stop => MuxConnector.ConnectAsync(configuration, options.Interaction, options.Logger, stop),
            MuxMasterOptions.From(configuration, logger: options.Logger) with
            {
                ControlPath = options.ControlPath,
                ReplaceStaleSocket = true,
                IdleLimit = options.IdleLimit,
            },
            cancellationToken).ConfigureAwait(false);
        return new SshClient(master, configuration);
    }

    /// <inheritdoc/>
    public Task<RemoteProcess> StartAsync(SessionRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _master.Shared.StartAsync(
            request with { Environment = [.. RemoteEnvironment.Collect(_configuration), .. request.Environment] },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<DuplexStream> OpenStreamAsync(
        string host, int port, CancellationToken cancellationToken = default) =>
        await _master.Shared
            .OpenAsync(connection => connection.OpenStreamAsync(host, port, cancellationToken), cancellationToken)
            .ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<DuplexStream> OpenStreamAsync(string path, CancellationToken cancellationToken = default) =>
        await _master.Shared
            .OpenAsync(connection => connection.OpenStreamAsync(path, cancellationToken), cancellationToken)
            .ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<int?> OpenForwardAsync(ForwardSpec spec, CancellationToken cancellationToken = default) =>
        _master.OpenForwardAsync(spec, cancellationToken);

    /// <inheritdoc/>
    public async Task CloseForwardAsync(ForwardSpec spec, CancellationToken cancellationToken = default)
    {
        if (await _master.CloseForwardAsync(spec).WaitAsync(cancellationToken).ConfigureAwait(false)) return;
        throw new SshException(SshError.ForwardFailed, $"there is no forward {spec} to {Name} (any more)");
    }

    /// <summary>
    /// Asks the server whether it is there (keepalive@openssh.com); returns with its answer.
    /// </summary>
    /// <exception cref="SshException">Why the connection has ended.</exception>
    public Task CheckAliveAsync(CancellationToken cancellationToken = default) =>
        _master.Connection.CheckAliveAsync(cancellationToken);

    /// <summary>
    /// Removes the control socket, so that no more programs come; those that are there go on, and when the last session
    /// has ended the connection ends.
    /// </summary>
    public void StopListening() => _master.StopListening();

    /// <summary>Ends the connection with all that goes over it, and removes the control socket.</summary>
    public ValueTask DisposeAsync() => _master.DisposeAsync();
}
