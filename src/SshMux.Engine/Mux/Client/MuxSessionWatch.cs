using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.Engine.Mux.Client;

/// <summary>
/// Sees what goes through sessions of a master of ours (extension "watch@sshmux"), on a control connection of its own.
/// </summary>
internal sealed class MuxSessionWatch : IAsyncDisposable
{
    // What is read from the master while nobody takes it here; the rest waits there, and is lost there.
    private const int Room = 64; // messages

    private readonly Channel<MuxWatched> _seen = Channel.CreateBounded<MuxWatched>(
        new BoundedChannelOptions(Room) { SingleReader = true, SingleWriter = true });

    private readonly MuxClientLink _link;

    private MuxSessionWatch(MuxClientLink link) => _link = link;

    /// <summary>Begins to watch a session; all of them if <paramref name="session"/> is empty.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.NotSupported"/>: the master cannot be asked; <see cref="SshError.MuxRefused"/>; why it cannot be
    /// reached.
    /// </exception>
    public static async Task<MuxSessionWatch> StartAsync(
        MuxClient client, string session, CancellationToken cancellationToken)
    {
        var link = await client.Shared.TakeAsync(cancellationToken).ConfigureAwait(false);
        var watch = new MuxSessionWatch(link);
        try
        {
            link.Demand(MuxExtensions.Watch, "watching");
            link.OnWatched = watch._seen.Writer.WriteAsync;
            var reply = await link.RequestAsync(id => new MuxWatch(id, session)).WaitAsync(cancellationToken)
                .ConfigureAwait(false);
            MuxRefusal.ExpectOk(reply);
            _ = watch.CompleteAsync();
            return watch;
        }
        catch
        {
            await link.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What passes, until the master ends.</summary>
    public async IAsyncEnumerable<MuxWatched> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var seen in _seen.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false)) yield return seen;
    }

    /// <summary>Watches no more.</summary>
    public async ValueTask DisposeAsync()
    {
        _seen.Writer.TryComplete();
        await _link.DisposeAsync().ConfigureAwait(false);
    }

    private async Task CompleteAsync()
    {
        await _link.Ended.ConfigureAwait(false);
        _seen.Writer.TryComplete();
    }
}
