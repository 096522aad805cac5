using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.Engine.Mux.Master;

/// <summary>What a master does when its connection is lost, and when there is another one (SshMuxReconnect).</summary>
/// <param name="master">The master.</param>
/// <param name="clients">Gives its clients of now.</param>
internal sealed partial class MuxConnectionChange(MuxMaster master, Func<IReadOnlyList<MuxControlConnection>> clients)
{
    private readonly ILogger _logger = master.Options.Logger;

    /// <summary>The connection is lost: who speaks its protocol goes with it, and the others hear why.</summary>
    public async Task OnLostAsync(SshException reason)
    {
        master.Notices.Tell(MuxNotice.OfLoss(reason));
        await Task.WhenAll(clients().Where(client => client.IsInProxyMode).Select(client =>
            OneByOne.GuardAsync(() => client.EndAsync(master.Options.DrainLimit), LogNotEnded))).ConfigureAwait(false);
    }

    /// <summary>There is another one: the server listens for the remote forwards again, as far as it wants to.</summary>
    public async Task OnReturnedAsync(SshConnection connection)
    {
        MuxConnectionNotices.Follow(connection, master.Options.HostName, master.Notices);
        var failures = await master.ForwardTable.MoveAsync(connection).ConfigureAwait(false);
        master.Notices.Tell(MuxNoticeKind.ConnectionRestored, "the master is connected again");
        foreach (var failure in failures) master.Notices.Tell(MuxNoticeKind.ForwardFailed, failure.Message);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "a client of a lost connection could not be ended")]
    private partial void LogNotEnded(Exception e);
}
