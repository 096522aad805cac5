using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Reconnecting;

namespace SshMux.Engine.Mux.Master;

/// <summary>How a <see cref="MuxMaster"/> behaves.</summary>
internal sealed record MuxMasterOptions
{
    /// <summary>Where to listen for clients; null for a master that only this process uses.</summary>
    public string? ControlPath { get; init; }

    /// <summary>
    /// Whether a control socket on which nobody listens any more is replaced (ControlMaster auto), or is an error.
    /// </summary>
    public bool ReplaceStaleSocket { get; init; }

    /// <summary>Patterns of the environment variables that clients may send (SendEnv); none by default.</summary>
    public IReadOnlyList<string> SendEnv { get; init; } = [];

    /// <summary>Variables that every session gets, whatever its client sends (SetEnv).</summary>
    public IReadOnlyList<KeyValuePair<string, string>> SetEnv { get; init; } = [];

    /// <summary>How forwards listen and connect on this machine.</summary>
    public ForwardOptions Forwards { get; init; } = new();

    /// <summary>
    /// How long a client may leave a message half sent, or a request without its descriptors, before it is dropped.
    /// Idle clients are never dropped.
    /// </summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long sessions may go on writing the output that has arrived when the connection ends, before they are
    /// dropped.
    /// </summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many bytes may wait for a client in proxy mode that does not read, before it is dropped. It has asked for
    /// them, with the windows of its channels.
    /// </summary>
    public int MuxProxyQueueLimit { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// How long the master stays without clients and channels (ControlPersist); null: for ever.
    /// </summary>
    public TimeSpan? IdleLimit { get; init; }

    /// <summary>
    /// How many sessions are kept open in advance, so that a client's command takes one round trip less; 0 for none.
    /// The server counts them among those that it allows (MaxSessions).
    /// </summary>
    public int Prewarm { get; init; }

    /// <summary>What becomes of more sessions than the server allows at a time (MaxSessions).</summary>
    public SessionOverflow Overflow { get; init; } = SessionOverflow.Usual;

    /// <summary>How a lost connection is made again; null: it is not, and the master ends with it.</summary>
    public Reconnection? Reconnection { get; init; }

    /// <summary>
    /// Makes a further connection with the same login, and asks no user; null: that cannot be done. For
    /// <see cref="SessionOverflowMode.Connect"/> and <see cref="Reconnection"/>.
    /// </summary>
    public Func<CancellationToken, Task<SshConnection>>? LogInAgain { get; init; }

    /// <summary>
    /// Asked with a question before a client gets a session or a forward, and before it ends the master (ControlMaster
    /// ask and autoask); null: clients need no permission. Cancelled when the client goes.
    /// </summary>
    public Func<string, CancellationToken, Task<bool>>? AskPermission { get; init; }

    /// <summary>The host as such questions name it.</summary>
    public string HostName { get; init; } = "";

    /// <summary>The login, for clients that ask.</summary>
    public MuxLogin Login { get; init; } = new();

    /// <summary>Where to log what happens.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Those of the shared connection.</summary>
    internal SharedConnectionOptions ForShared() => new()
    {
        Reconnection = Reconnection,
        LogInAgain = LogInAgain,
        Overflow = Overflow,
        Prewarm = Prewarm,
        Time = Time,
        Logger = Logger,
    };

    /// <summary>The clock of <see cref="IdleLimit"/>, <see cref="Overflow"/> and what clients were told lately.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// What a host's configuration says of a master: where it listens, unless ControlMaster is no; what it asks before
    /// and how long it stays; what sessions and forwards get. The login counts as opened now.
    /// </summary>
    /// <param name="configuration">The host's settings.</param>
    /// <param name="askPermission">
    /// Asks the user where the configuration wants that (ControlMaster ask and autoask); null: nobody can be asked, and
    /// then the answer is no.
    /// </param>
    /// <param name="logger">Where to log what happens.</param>
    /// <exception cref="SshException">
    /// <see cref="SshError.ConfigurationInvalid"/>: a setting of forwards cannot be what it is.
    /// </exception>
    public static MuxMasterOptions From(
        HostConfiguration configuration,
        Func<string, CancellationToken, Task<bool>>? askPermission = null,
        ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        logger ??= NullLogger.Instance;
        var mode = configuration.ControlMaster;
        return new MuxMasterOptions
        {
            ControlPath = mode == ControlMasterMode.No ? null : configuration.ControlPath,
            ReplaceStaleSocket = mode is ControlMasterMode.Auto or ControlMasterMode.AutoAsk,
            AskPermission = mode is ControlMasterMode.Ask or ControlMasterMode.AutoAsk
                ? askPermission ?? ((_, _) => Task.FromResult(false))
                : null,
            IdleLimit = configuration.ControlPersist,
            HostName = configuration.HostName,
            SendEnv = configuration.SendEnv,
            SetEnv = configuration.SetEnv,
            Forwards = ForwardOptions.From(configuration, logger),
            Login = new()
            {
                Host = configuration.Host,
                User = configuration.User,
                Port = configuration.Port,
                Opened = DateTime.Now,
            },
            Prewarm = configuration.Prewarm,
            Overflow = configuration.Overflow,
            Reconnection = configuration.Reconnection,
            LogInAgain = stop =>
                MuxConnector.ConnectAsync(configuration, NoInteraction.Instance, logger, stop),
            Logger = logger,
        };
    }
}
