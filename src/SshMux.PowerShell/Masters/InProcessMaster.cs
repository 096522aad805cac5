using System.Diagnostics;
using SshMux.Engine;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Mux.Locking;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Streams;
using SshMux.Engine.Wire;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Terminals;

namespace SshMux.PowerShell.Masters;

/// <summary>
/// A master of this process: its sessions go straight to the connection, not through the control socket.
/// </summary>
internal sealed class InProcessMaster : Master, IAsyncDisposable
{
    private readonly MuxMaster _master;
    private readonly LockedSource _source;
    private readonly MuxSessionActions _actions;
    private readonly HostConfiguration _configuration;

    public InProcessMaster(MuxMaster master, HostConfiguration configuration, string name, string? destination)
    {
        _master = master;
        _source = new LockedSource(
            master.Shared, master.Shared, master.Lock, text => Notices.Tell(MuxNotice.Of(MuxNoticeKind.LockWaits, text)));
        _actions = new MuxSessionActions(master);
        _configuration = configuration;
        Name = name;
        Destination = destination;
        ControlPath = master.ControlPath;
        master.Notices.Told += Notices.Tell;
    }

    public override string Name { get; }

    public override string? HostName => _configuration.Host;

    public override string? UserName => _configuration.User;

    public override int? Port => _configuration.Port;

    internal override MasterState KnownState =>
        _master.Ended.IsCompleted ? MasterState.Ended
        : _master.IsFinishing ? MasterState.Finishing
        : _master.Shared.Lost is not null ? MasterState.Reconnecting
        : _master.Lock.Description is not null ? MasterState.Locked
        : MasterState.Open;

    public override string? EndReason =>
        _master.Ended.IsCompletedSuccessfully ? Printable.Lines(_master.Ended.Result.Message) : null;

    public override int? Sessions => _master.Ended.IsCompleted ? 0 : _master.Shared.ChannelCount;

    public override string? ControlPath { get; }

    public override int ProcessId => Environment.ProcessId;

    public override bool InThisProcess => true;

    public override DateTime? Opened { get; } = DateTime.Now;

    internal override async Task<TerminalSession> AttachAsync(
        TerminalRequest request, CancellationToken cancellationToken) =>
        await ChannelTerminal.StartAsync(
            _source,
            Complete(new SessionRequest { Command = request.Command, Environment = request.Environment }),
            RemoteEnvironment.Term(_configuration),
            EscapeCharacter.Parse(request.EscapeCharacter ?? _configuration.Get("escapechar")),
            Label,
            cancellationToken).ConfigureAwait(false);

    internal override string? Destination { get; }

    /// <summary>Ends it, when nobody waits for it any more, and waits until nothing of it is left.</summary>
    public async ValueTask DisposeAsync()
    {
        MasterRegistry.Remove(this);
        await _master.StopAsync().ConfigureAwait(false);
    }

    internal override async Task<RemoteProcess> StartAsync(
        SessionRequest request, CancellationToken cancellationToken) =>
        await _source.StartAsync(Complete(request), cancellationToken).ConfigureAwait(false);

    internal override async Task<MasterStatus> CheckAsync(TimeSpan timeLimit, CancellationToken cancellationToken)
    {
        var check = new MasterCheck(timeLimit, cancellationToken);
        if (_master.Ended.IsCompletedSuccessfully)
        {
            check.Fail(_master.Ended.Result.Message);
        }
        else
        {
            if (ControlPath is null)
            {
                check.IsOfThisProcess();
            }
            else if (IsOpen)
            {
                await check.MasterAsync(ControlPath).ConfigureAwait(false);
            }

            check.IsLocked = _master.Lock.Description is not null;
            if (_master.Shared.Lost is { } lost) check.FailBecauseLost(lost.Message);
            await check.ServerAsync(MeasureServerAsync).ConfigureAwait(false);
        }

        return check.ToStatus(this);
    }

    internal override async Task StopAsync(bool graceful, CancellationToken cancellationToken)
    {
        if (graceful)
        {
            _ = _master.Ended.ContinueWith(
                _ => MasterRegistry.Remove(this),
                CancellationToken.None,
                TaskContinuationOptions.None,
                TaskScheduler.Default);
            _master.StopListening();
        }
        else
        {
            await _master.StopAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    internal override async Task<Forward> OpenForwardAsync(ForwardSpec spec, CancellationToken cancellationToken)
    {
        await _source.PassAsync(cancellationToken).ConfigureAwait(false);
        return new(this, spec, await _master.OpenForwardAsync(spec, cancellationToken).ConfigureAwait(false));
    }

    internal override async Task<DuplexStream> OpenStreamAsync(
        string host, int port, CancellationToken cancellationToken) =>
        await _source
            .OpenAsync(connection => connection.OpenStreamAsync(host, port, cancellationToken), cancellationToken)
            .ConfigureAwait(false);

    internal override async Task<DuplexStream> OpenStreamAsync(string path, CancellationToken cancellationToken) =>
        await _source
            .OpenAsync(connection => connection.OpenStreamAsync(path, cancellationToken), cancellationToken)
            .ConfigureAwait(false);

    internal override async Task CloseForwardAsync(Forward forward, CancellationToken cancellationToken)
    {
        if (await _master.CloseForwardAsync(forward.Spec).WaitAsync(cancellationToken).ConfigureAwait(false)) return;
        throw new SshException(
            SshError.ForwardFailed, $"the master {Name} has no forward {forward.Specification} (any more)");
    }

    internal override Task<IReadOnlyList<Forward>> ForwardListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Forward>>(
            [.. _master.ForwardTable.Describe().Select(forward => new Forward(this, forward))]);

    internal override Task<IReadOnlyList<Session>> SessionListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Session>>(
            [.. _master.SessionTable.All.Select(entry => new Session(this, entry.Describe()))]);

    internal override async Task SignalSessionAsync(
        string session, string signal, CancellationToken cancellationToken) =>
        await _actions.SignalAsync(_actions.Find(session), signal).WaitAsync(cancellationToken).ConfigureAwait(false);

    internal override Task CloseSessionAsync(string session, CancellationToken cancellationToken)
    {
        MuxSessionActions.Close(_actions.Find(session));
        return Task.CompletedTask;
    }

    internal override Task RenameSessionAsync(string session, string name, CancellationToken cancellationToken)
    {
        MuxSessionActions.Rename(_actions.Find(session), name);
        return Task.CompletedTask;
    }

    internal override Task LockAsync(bool waits, byte[] passphrase, CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        return Task.Run(() => _master.Lock.Lock(waits, passphrase), cancellationToken);
    }

    internal override Task UnlockAsync(byte[] passphrase, CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        return _master.Lock.UnlockAsync(passphrase, cancellationToken);
    }

    internal override Task WatchAsync(
        string session, Func<MuxWatched, ValueTask> take, CancellationToken cancellationToken) =>
        MasterWatch.RunAsync(_master, session, take, cancellationToken);

    /// <summary>The request with what the configuration adds to it.</summary>
    /// <exception cref="SshException">The master has ended.</exception>
    private SessionRequest Complete(SessionRequest request)
    {
        ThrowIfEnded();
        return request with
        {
            Environment = MasterEnvironment.For(_configuration, request.Environment),
            WantAgent = _configuration.ForwardAgent,
            WantX11 = _configuration.ForwardX11,
        };
    }

    private void ThrowIfEnded()
    {
        if (!_master.Ended.IsCompletedSuccessfully) return;
        var reason = _master.Ended.Result;
        throw new SshException(reason.Error, $"the master {Name} has ended: {reason.Message}", reason);
    }

    private async Task<TimeSpan?> MeasureServerAsync(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        await _master.Connection.CheckAliveAsync(cancellationToken).ConfigureAwait(false);
        return clock.Elapsed;
    }
}
