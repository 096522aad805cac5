using SshMux.Engine.Channels;

namespace SshMux.Engine.Mux.Locking;

/// <summary>What the master's own process opens over the shared connection: nothing while the master is locked.</summary>
/// <param name="sessions">Where sessions come from.</param>
/// <param name="connections">Where other channels come from.</param>
/// <param name="mux">The lock.</param>
/// <param name="onWaiting">Told with a sentence when something has to wait; must not block.</param>
internal sealed class LockedSource(
    ISessionSource sessions, IConnectionSource connections, MuxLock mux, Action<string> onWaiting)
    : ISessionSource, IConnectionSource
{
    /// <inheritdoc/>
    public bool HasEnded => connections.HasEnded;

    /// <summary>As <see cref="MuxLock.PassAsync"/>.</summary>
    public ValueTask PassAsync(CancellationToken cancellationToken) => mux.PassAsync(onWaiting, cancellationToken);

    /// <inheritdoc/>
    public async Task<Channel> OpenSessionAsync(IChannelHandler handler, CancellationToken cancellationToken)
    {
        await mux.PassAsync(onWaiting, cancellationToken).ConfigureAwait(false);
        return await sessions.OpenSessionAsync(handler, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<T> OpenAsync<T>(Func<SshConnection, Task<T>> open, CancellationToken cancellationToken)
    {
        await mux.PassAsync(onWaiting, cancellationToken).ConfigureAwait(false);
        return await connections.OpenAsync(open, cancellationToken).ConfigureAwait(false);
    }
}
