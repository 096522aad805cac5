using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.Engine.Mux.Master;

/// <summary>What a master does when its connection is lost, and when there is another one (SshMuxReconnect).</summary>
/// <param name="options">How the master behaves.</param>
/// <param name="notices">Tells its clients.</param>
/// <param name="forwards">Its forwards.</param>
/// <param name="proxied">Gives what ends each client in proxy mode.</param>
internal sealed partial class MuxConnectionChange(
    MuxMasterOptions options, MuxNotices notices, MuxForwardTable forwards, Func<IReadOnlyList<Func<Task>>> proxied)
{
    private readonly ILogger _logger = options.Logger;

    /// <summary>The connection is lost: who speaks its protocol goes with it, and the others hear why.</summary>
    public async Task OnLostAsync(SshException reason)
    {
        notices.Tell(MuxNotice.OfLoss(reason));
        await Task.WhenAll(proxied().Select(end => OneByOne.GuardAsync(end, LogNotEnded))).ConfigureAwait(false);
    }

    /// <summary>There is another one: the server listens for the remote forwards again, as far as it wants to.</summary>
    public async Task OnReturnedAsync(SshConnection connection)
    {
        MuxConnectionNotices.Follow(connection, options.HostName, notices);
        var failures = await forwards.MoveAsync(connection).ConfigureAwait(false);
        notices.Tell(MuxNoticeKind.ConnectionRestored, "the master is connected again");
        foreach (var failure in failures) notices.Tell(MuxNoticeKind.ForwardFailed, failure.Message);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "a client of a lost connection could not be ended")]
    private partial void LogNotEnded(Exception e);
}
