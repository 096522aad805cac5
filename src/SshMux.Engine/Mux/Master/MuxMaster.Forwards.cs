using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Master;

// Forwards of clients and of this process. They are known by what was asked for, exactly (MUX_C_OPEN_FWD), and live
// until they are closed or the master ends.
public sealed partial class MuxMaster
{
    private readonly SemaphoreSlim _forwardsLock = new(1, 1);
    private readonly CancellationTokenSource _forwardsEnd = new();
    private readonly Dictionary<MuxForward, OpenForward> _forwards = [];

    /// <summary>The forwards that are open, of all kinds: what was asked for, and the ports that they got.</summary>
    public IReadOnlyList<OpenForward> Forwards
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
    /// <see cref="SshError.ForwardFailed"/>: it cannot listen, or the server refuses; why the master has ended.
    /// </exception>
    public Task<int?> OpenForwardAsync(ForwardSpec spec, CancellationToken cancellationToken = default) =>
        OpenForwardAsync(MuxForward.From(spec), cancellationToken);

    /// <summary>
    /// Closes a forward, named as it was opened; connections that it has made go on. False if there is no such forward.
    /// </summary>
    public Task<bool> CloseForwardAsync(ForwardSpec spec) => CloseForwardAsync(MuxForward.From(spec));

    internal async Task<int?> OpenForwardAsync(MuxForward forward, CancellationToken cancellationToken)
    {
        await _forwardsLock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_forwards.TryGetValue(forward, out var open))
            {
                if (_ending.Task.IsCompleted) throw (await _ending.Task.ConfigureAwait(false)).Again();
                open = await StartForwardAsync(forward.ToSpec(), cancellationToken).ConfigureAwait(false);
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

    /// <summary>Starts a forward; a server that does not answer keeps nobody from ending the master.</summary>
    private async Task<OpenForward> StartForwardAsync(ForwardSpec spec, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _forwardsEnd.Token);
        try
        {
            return await OpenForward.StartAsync(Connection, spec, _options.Forwards, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_ending.Task.IsCompleted)
        {
            throw (await _ending.Task.ConfigureAwait(false)).Again();
        }
    }

    private async Task CloseForwardsAsync()
    {
        await _forwardsEnd.CancelAsync().ConfigureAwait(false);
        await _forwardsLock.WaitAsync().ConfigureAwait(false);
        try
        {
            // The connection ends, too, and with it the listeners of the server.
            foreach (var forward in _forwards.Values.OfType<ListeningForward>())
            {
                await OneByOne.GuardAsync(() => forward.DisposeAsync().AsTask(), LogNotEnded).ConfigureAwait(false);
            }

            lock (_lock) _forwards.Clear();
        }
        finally
        {
            _forwardsLock.Release();
        }
    }
}
