using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Client;

/// <summary>
/// The control connection that a client's requests share. A session takes it for itself if nobody uses it; the next
/// request makes another one.
/// </summary>
internal sealed class MuxSharedLink : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly MuxClientOptions _options;
    private MuxClientLink? _link;

    private MuxSharedLink(string path, MuxClientOptions options, MuxClientLink link)
    {
        Path = path;
        _options = options;
        _link = link;
    }

    /// <summary>The path of the master's control socket.</summary>
    public string Path { get; }

    /// <summary>Completes when the connection that is shared now has ended.</summary>
    public Task Ended => _link?.Ended ?? Task.CompletedTask;

    /// <summary>Connects and exchanges hellos.</summary>
    public static async Task<MuxSharedLink> ConnectAsync(
        string path, MuxClientOptions options, CancellationToken cancellationToken)
    {
        var link = await MuxClientLink.ConnectAsync(path, options, cancellationToken).ConfigureAwait(false);
        return new MuxSharedLink(path, options, link);
    }

    /// <summary>The connection to share; a new one if a session has taken it, or it has ended.</summary>
    public async Task<MuxClientLink> GetAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_link is { HasEnded: false }) return _link;
            return _link = await MuxClientLink.ConnectAsync(Path, _options, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>A connection for one session alone: the shared one if nobody uses it, else one more.</summary>
    public async Task<MuxClientLink> TakeAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_link is { IsIdle: true } link)
            {
                _link = null;
                return link;
            }
        }
        finally
        {
            _turn.Release();
        }

        return await MuxClientLink.ConnectAsync(Path, _options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a request on the shared connection and waits for its reply.</summary>
    public async Task<MuxReply> RequestAsync(Func<uint, MuxRequest> make, CancellationToken cancellationToken)
    {
        var link = await GetAsync(cancellationToken).ConfigureAwait(false);
        return await link.RequestAsync(make).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a request whose answer must be MUX_S_OK.</summary>
    /// <exception cref="SshException">It is another one.</exception>
    public async Task DemandAsync(Func<uint, MuxRequest> make, CancellationToken cancellationToken) =>
        MuxRefusal.ExpectOk(await RequestAsync(make, cancellationToken).ConfigureAwait(false));

    /// <summary>Ends the shared connection.</summary>
    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        var link = _link;
        _link = null;
        _turn.Release();
        if (link is not null) await link.DisposeAsync().ConfigureAwait(false);
    }
}
