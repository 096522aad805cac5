namespace SshMux.Engine.Mux;

// Forwards of clients and of this process. They are known by what was asked for, exactly (MUX_C_OPEN_FWD), and live until
// they are closed or the master ends.
public sealed partial class MuxMaster
{
    private readonly SemaphoreSlim _forwardsLock = new(1, 1);
    private readonly Dictionary<MuxForward, IAsyncDisposable> _forwards = [];

    /// <summary>Opens a forward; one that is open already is left as it is.</summary>
    /// <exception cref="SshException"><see cref="SshError.ForwardFailed"/>, or why the master has ended.</exception>
    internal async Task OpenForwardAsync(MuxForward forward)
    {
        await _forwardsLock.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_forwards.ContainsKey(forward)) return;
            if (_ending.Task.IsCompleted) throw (await _ending.Task.ConfigureAwait(false)).Again();
            _forwards.Add(forward, StartForward(forward));
        }
        finally
        {
            _forwardsLock.Release();
        }
    }

    /// <summary>Closes a forward; connections that it has made go on. False if there is no such forward.</summary>
    internal async Task<bool> CloseForwardAsync(MuxForward forward)
    {
        await _forwardsLock.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_forwards.Remove(forward, out var open)) return false;
            await open.DisposeAsync().ConfigureAwait(false);
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
            _forwards.Clear();
        }
        finally
        {
            _forwardsLock.Release();
        }
    }

    private IAsyncDisposable StartForward(MuxForward forward) =>
        throw new SshException(SshError.NotSupported, $"{forward.Type} forwards over {Connection} are not supported yet");
}
