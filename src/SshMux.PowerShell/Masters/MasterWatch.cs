using System.Threading.Channels;
using SshMux.Engine;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Sessions;

namespace SshMux.PowerShell.Masters;

/// <summary>Watches sessions of a master of this process, as others do it by its control socket.</summary>
internal static class MasterWatch
{
    private const int Room = 64; // messages that wait here; the rest waits in the watcher, or is lost there

    /// <summary>Gives what passes until the session that is named ends.</summary>
    /// <param name="master">The master.</param>
    /// <param name="session">Its number or name; empty: all.</param>
    /// <param name="take">Takes one after another.</param>
    /// <param name="cancellationToken">Ends the watching.</param>
    /// <exception cref="SshException">There is no such session; why the master has ended.</exception>
    public static async Task RunAsync(
        MuxMaster master, string session, Func<MuxWatched, ValueTask> take, CancellationToken cancellationToken)
    {
        var only = session.Length > 0 ? new MuxSessionActions(master).Find(session) : null;
        var seen = Channel.CreateBounded<MuxWatched>(Room);
        using var watcher = new MuxWatcher(
            master.SessionTable, one => WriteAsync(seen.Writer, one), () => seen.Writer.TryComplete(), 0, only);
        watcher.Start();
        _ = master.Ended.ContinueWith(
            _ => seen.Writer.TryComplete(),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        await foreach (var one in seen.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            await take(one).ConfigureAwait(false);
            if (one.Kind == MuxWatchedKind.Ended && only is not null) return;
        }

        if (master.Ended.IsCompleted) throw (await master.Ended.ConfigureAwait(false)).Again();
    }

    private static async ValueTask WriteAsync(ChannelWriter<MuxWatched> writer, MuxWatched seen)
    {
        try
        {
            await writer.WriteAsync(seen).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // The master has ended, or nobody watches any more.
        }
    }
}
