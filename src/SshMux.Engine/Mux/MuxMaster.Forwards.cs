using SshMux.Engine.Connection;

namespace SshMux.Engine.Mux;

// Forwards of clients and of this process. They are known by what was asked for, exactly (MUX_C_OPEN_FWD), and live
// until they are closed or the master ends.
public sealed partial class MuxMaster
{
    private readonly SemaphoreSlim _forwardsLock = new(1, 1);
    private readonly Dictionary<MuxForward, LocalForward> _forwards = [];

    /// <summary>The forwards that are open: what was asked for, and the ports that they got.</summary>
    public IReadOnlyList<LocalForward> Forwards
    {
        get
        {
            lock (_lock) return [.. _forwards.Values];
        }
    }

    /// <summary>
    /// Opens a forward; one that is open already is left as it is. Gives the port that it got if it asked for port 0.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ForwardFailed"/>; <see cref="SshError.NotSupported"/> for remote and dynamic forwards; why
    /// the master has ended.
    /// </exception>
    public Task<int?> OpenForwardAsync(ForwardSpec spec, CancellationToken cancellationToken = default) =>
        OpenForwardAsync(MuxForward.From(spec), cancellationToken);

    /// <summary>
    /// Closes a forward, named as it was opened; connections that it has made go on. False if there is no such forward.
    /// </summary>
    public Task<bool> CloseForwardAsync(ForwardSpec spec) => CloseForwardAsync(MuxForward.From(spec));

    internal async Task<int?> OpenForwardAsync(MuxForward forward, CancellationToken cancellationToken)
    {
        if (forward.Type != MuxForwardType.Local)
        {
            var kind = forward.Type == MuxForwardType.Remote ? "remote" : "dynamic";
            throw new SshException(SshError.NotSupported, $"{kind} forwards are not supported yet");
        }

        await _forwardsLock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_forwards.TryGetValue(forward, out var open))
            {
                if (_ending.Task.IsCompleted) throw (await _ending.Task.ConfigureAwait(false)).Again();
                open = await LocalForward
                    .StartAsync(Connection, forward.ToSpec(), _options.LocalForwards, cancellationToken)
                    .ConfigureAwait(false);
                lock (_lock) _forwards.Add(forward, open);
            }

            return forward.ListenPort == 0 ? open.Port : null;
        }
        finally
        {
            _forwardsLock.Release();
        }
    }

    internal async Task<bool> CloseForwardAsync(MuxForward forward)
    {
        await _forwardsLock.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_forwards.TryGetValue(forward, out var open)) return false;
            await open.DisposeAsync().ConfigureAwait(false);
            lock (_lock) _forwards.Remove(forward);
            return true;
        }
        finally
        {
            _forwardsLock.Release();
        }
    }

    private async Task CloseForwardsAsync()
    {
        await _forwardsLock.WaitAsync().ConfigureAwait(false);
        try
        {
            foreach (var forward in _forwards.Values) await forward.DisposeAsync().ConfigureAwait(false);
            lock (_lock) _forwards.Clear();
        }
        finally
        {
            _forwardsLock.Release();
        }
    }
}
