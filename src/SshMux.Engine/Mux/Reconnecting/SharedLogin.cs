using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Sessions;

namespace SshMux.Engine.Mux.Reconnecting;

/// <summary>One login of a master, from its beginning to its end.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Sessions">Its sessions, and those of further connections beside it (SshMuxOverflow).</param>
internal sealed record SharedLogin(SshConnection Connection, SessionPool Sessions) : IAsyncDisposable
{
    /// <summary>Ends both, if that has not happened, and waits until nothing of them is left.</summary>
    public async ValueTask DisposeAsync()
    {
        await Sessions.DisposeAsync().ConfigureAwait(false);
        await Connection.DisposeAsync().ConfigureAwait(false);
    }
}
