using SshMux.Engine;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Streams;
using SshMux.Engine.Wire;
using SshMux.PowerShell.Masters.Background;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Terminals;

namespace SshMux.PowerShell.Masters;

/// <summary>A master behind a control socket: OpenSSH's (<c>ssh -M</c>), or ours in another process.</summary>
internal sealed class SocketMaster : Master
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    // Of a background master.
    private readonly BackgroundLife? _life;

    // The settings of the host that the path belongs to, if they led here.
    private readonly HostConfiguration? _configuration;
    private readonly SocketMasterKnowledge _known;
    private readonly SocketListener _listener;
    private bool _finishing;

    private SocketMaster(string controlPath, HostConfiguration? configuration)
    {
        _configuration = configuration;
        var login = new MuxLogin
        {
            Host = configuration?.Host,
            User = configuration?.User,
            Port = configuration?.Port,
        };
        _known = new SocketMasterKnowledge(controlPath, login);
        ControlPath = controlPath;
        _listener = new SocketListener(controlPath, Notices.Tell);
    }

    private SocketMaster(BackgroundRecord record, HostConfiguration? configuration)
    {
        _life = new BackgroundLife(record);
        _configuration = configuration;
        var login = new MuxLogin
        {
            Host = record.HostName,
            User = record.UserName,
            Port = record.Port,
            Opened = record.Opened,
        };
        _known = new SocketMasterKnowledge(record.ControlPath, login) { ProcessId = record.Process.Id };
        ControlPath = record.ControlPath;
        _listener = new SocketListener(ControlPath, Notices.Tell);
    }

    public override string Name => _life?.Record.Name ?? NameOf(ControlPath);

    public override string? HostName => _known.Login.Host;

    public override string? UserName => _known.Login.User;

    public override int? Port => _known.Login.Port;

    public override MasterState State =>
        KnownState != MasterState.Open ? KnownState : _known.FindPresent() switch
        {
            { Lost: not null } => MasterState.Reconnecting,
            { Lock: not null } => MasterState.Locked,
            _ => MasterState.Open,
        };

    internal override MasterState KnownState =>
        _life is not null ? _life.State
        : _finishing ? MasterState.Finishing
        : File.Exists(ControlPath) ? MasterState.Open
        : MasterState.Ended;

    public override string? EndReason =>
        _life is not null ? _life.EndReason
        : KnownState == MasterState.Ended ? "its control socket is gone"
        : null;

    public override int? Sessions =>
        _life is not null && KnownState == MasterState.Ended ? 0
        : KnownState == MasterState.Open ? _known.CountSessions()
        : null;

    public override string ControlPath { get; }

    public override int ProcessId => _known.ProcessId;

    public override bool InThisProcess => false;

    public override DateTime? Opened => _known.Login.Opened;

    internal override bool IsInsideOther => _life is null;

    // A session that asks for the agent or the X server has those of this process, if the master takes them.
    private MuxClientOptions SessionOptions =>
        HearingOptions with { Own = _configuration is null ? null : MuxOwnForwards.Of(_configuration) };

    private MuxClientOptions HearingOptions => new() { OnNotice = Notices.Tell };

    /// <summary>
    /// The name of a master that tells none. A file may be called anything: what a terminal must not get is replaced.
    /// </summary>
    public static string NameOf(string controlPath) => Printable.Text(Path.GetFileName(controlPath));

    /// <summary>The master at a path, whether one lives there or not.</summary>
    /// <param name="controlPath">The full path.</param>
    /// <param name="configuration">The settings of the host, if the path belongs to one by them.</param>
    public static SocketMaster At(string controlPath, HostConfiguration? configuration = null) =>
        BackgroundRecords.FindByControlPath(controlPath) is { } record
            ? Of(record, configuration)
            : new(controlPath, configuration);

    /// <summary>A background master, whether it lives or not.</summary>
    /// <param name="record">What is known of it.</param>
    /// <param name="configuration">The settings of its host, if they led here.</param>
    public static SocketMaster Of(BackgroundRecord record, HostConfiguration? configuration = null) =>
        new(record, configuration);

    /// <summary>The living master at a path.</summary>
    /// <param name="controlPath">The full path.</param>
    /// <param name="configuration">The settings of the host, if the path belongs to one by them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">What <see cref="MuxClient.ConnectAsync(string, CancellationToken)"/> finds
    /// instead.</exception>
    public static async Task<SocketMaster> FindAsync(
        string controlPath, HostConfiguration? configuration, CancellationToken cancellationToken)
    {
        var master = At(controlPath, configuration);
        await master._known.AskAsync(cancellationToken).ConfigureAwait(false);
        return master;
    }

    internal override Task LearnAsync(CancellationToken cancellationToken) => _known.LearnAsync(cancellationToken);

    internal override Task<RemoteProcess> StartAsync(SessionRequest request, CancellationToken cancellationToken) =>
        RunAsync(
            request with
            {
                Environment = _configuration is null
                    ? request.Environment
                    : MasterEnvironment.For(_configuration, request.Environment),
                WantAgent = _configuration?.ForwardAgent ?? false,
                WantX11 = _configuration?.ForwardX11 ?? false,
            },
            cancellationToken);

    internal override async Task<TerminalSession> AttachAsync(
        TerminalRequest request, CancellationToken cancellationToken)
    {
        var escape = request.EscapeCharacter ?? _configuration?.Get("escapechar");
        return await MuxTerminal.StartAsync(
            ControlPath,
            SessionOptions,
            new MuxSessionRequest
            {
                Command = request.Command,
                WantTty = true,
                WantAgent = _configuration?.ForwardAgent ?? false,
                WantX11 = _configuration?.ForwardX11 ?? false,
                EscapeCharacter = EscapeCharacter.Parse(escape),
                Term = _configuration is null
                    ? Environment.GetEnvironmentVariable("TERM") ?? ""
                    : RemoteEnvironment.Term(_configuration),
                Environment = _configuration is null
                    ? request.Environment
                    : MasterEnvironment.For(_configuration, request.Environment),
            },
            Label,
            cancellationToken).ConfigureAwait(false);
    }

    internal override async Task<MasterStatus> CheckAsync(TimeSpan timeLimit, CancellationToken cancellationToken)
    {
        var check = new MasterCheck(timeLimit, cancellationToken);
        if (_life?.EndReason is { } reason) check.Fail(reason);
        await check.MasterAsync(ControlPath).ConfigureAwait(false);
        if (!check.IsLocked) await check.ServerAsync(stop => ServerQuestion.MeasureAsync(RunAsync, stop)).ConfigureAwait(false);
        return check.ToStatus(this);
    }

    internal override async Task StopAsync(bool graceful, CancellationToken cancellationToken)
    {
        if (_life is null) await TellToEndAsync(graceful, cancellationToken).ConfigureAwait(false);
        else await _life.StopAsync(graceful, TellToEndAsync, cancellationToken).ConfigureAwait(false);
    }

    internal override async Task<Forward> OpenForwardAsync(ForwardSpec spec, CancellationToken cancellationToken)
    {
        await using var client = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        var port = await client.OpenForwardAsync(spec, cancellationToken).ConfigureAwait(false);
        var forward = new Forward(this, spec, port);
        SocketForwards.Add(forward);
        return forward;
    }

    internal override async Task<DuplexStream> OpenStreamAsync(
        string host, int port, CancellationToken cancellationToken)
    {
        // The stream takes the client's control connection with it, so nothing else is left to keep.
        await using var client = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        return await client.OpenStreamAsync(host, port, cancellationToken).ConfigureAwait(false);
    }

    internal override async Task<DuplexStream> OpenStreamAsync(string path, CancellationToken cancellationToken)
    {
        await using var client = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        return await client.OpenStreamAsync(path, cancellationToken).ConfigureAwait(false);
    }

    internal override async Task CloseForwardAsync(Forward forward, CancellationToken cancellationToken)
    {
        await using var client = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        await client.CloseForwardAsync(forward.Spec, cancellationToken).ConfigureAwait(false);
        SocketForwards.Remove(forward);
    }

    internal override async Task<IReadOnlyList<Forward>> ForwardListAsync(CancellationToken cancellationToken)
    {
        await using var client = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        if (!await client.TellsSessionsAsync(cancellationToken).ConfigureAwait(false))
        {
            return [.. SocketForwards.All.Where(forward => forward.Master.ControlPath == ControlPath)];
        }

        var all = await client.ListForwardsAsync(cancellationToken).ConfigureAwait(false);
        return [.. all.Select(forward => new Forward(this, forward))];
    }

    internal override async Task<IReadOnlyList<Session>> SessionListAsync(CancellationToken cancellationToken)
    {
        await using var client = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        var all = await client.ListSessionsAsync(cancellationToken).ConfigureAwait(false);
        return [.. all.Select(session => new Session(this, session))];
    }

    internal override async Task SignalSessionAsync(string session, string signal, CancellationToken cancellationToken)
    {
        await using var client = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        await client.SignalSessionAsync(session, signal, cancellationToken).ConfigureAwait(false);
    }

    internal override async Task CloseSessionAsync(string session, CancellationToken cancellationToken)
    {
        await using var client = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        await client.CloseSessionAsync(session, cancellationToken).ConfigureAwait(false);
    }

    internal override async Task RenameSessionAsync(string session, string name, CancellationToken cancellationToken)
    {
        await using var client = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        await client.RenameSessionAsync(session, name, cancellationToken).ConfigureAwait(false);
    }

    internal override async Task LockAsync(bool waits, byte[] passphrase, CancellationToken cancellationToken)
    {
        await using var client = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        await client.LockAsync(waits, passphrase, cancellationToken).ConfigureAwait(false);
    }

    internal override async Task UnlockAsync(byte[] passphrase, CancellationToken cancellationToken)
    {
        await using var client = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        await client.UnlockAsync(passphrase, cancellationToken).ConfigureAwait(false);
    }

    internal override async Task WatchAsync(
        string session, Func<MuxWatched, ValueTask> take, CancellationToken cancellationToken)
    {
        await using var client = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        await using var watch = await MuxSessionWatch.StartAsync(client, session, cancellationToken).ConfigureAwait(false);
        await foreach (var seen in watch.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            await take(seen).ConfigureAwait(false);
            if (seen.Kind == MuxWatchedKind.Ended && session.Length > 0) return;
        }

        throw new SshException(SshError.MasterGone, $"the master at {ControlPath} has ended");
    }

    private protected override void OnSubscription(bool isSubscribed)
    {
        if (isSubscribed) _listener.Start();
        else _listener.Stop();
    }

    private Task<MuxClient> ConnectAsync(CancellationToken cancellationToken) =>
        MuxClient.ConnectAsync(ControlPath, HearingOptions, cancellationToken);

    private async Task TellToEndAsync(bool graceful, CancellationToken cancellationToken)
    {
        await using var client = await MuxClient.ConnectAsync(ControlPath, cancellationToken).ConfigureAwait(false);
        if (graceful)
        {
            await client.StopListeningAsync(cancellationToken).ConfigureAwait(false);
            _finishing = true;
        }
        else
        {
            await client.TerminateAsync(cancellationToken).ConfigureAwait(false);
            await client.WaitForEndAsync(EndLimit, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<RemoteProcess> RunAsync(SessionRequest request, CancellationToken cancellationToken)
    {
        // The session takes the client's control connection with it, so nothing else is left to keep.
        await using var client = await MuxClient.ConnectAsync(ControlPath, SessionOptions, cancellationToken)
            .ConfigureAwait(false);
        return await client.StartAsync(request, cancellationToken).ConfigureAwait(false);
    }
}
