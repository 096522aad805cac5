using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Proxy;

namespace SshMux.Engine.Mux.Master;

/// <summary>
/// Proxy mode of one client of a master: from MUX_S_PROXY on, the control connection carries SSH messages until it ends;
/// over a stream requests, too.
/// </summary>
/// <param name="master">The master.</param>
/// <param name="packets">The client's control connection.</param>
/// <param name="sessions">The client's sessions, which the master can list.</param>
internal sealed partial class MuxClientProxyMode(MuxMaster master, IMuxPackets packets, MuxProxySessions sessions)
{
    private readonly ILogger _logger = master.Options.Logger;
    private volatile MuxProxyClient? _client;

    /// <summary>Whether it has begun.</summary>
    public bool IsOn => _client is not null;

    /// <summary>
    /// Completes when it is over, at once if it has not begun; faults with what the client was dropped for.
    /// </summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Completes when the client has gone and the server has closed all its channels.</summary>
    public Task ChannelsClosed => _client?.ChannelsClosed ?? Task.CompletedTask;

    /// <summary>Begins it, for a client that has been told MUX_S_PROXY, beside the reading of requests.</summary>
    public void Begin(SshConnection connection)
    {
        LogBegun();
        var link = packets is MuxStreamPackets stream
            ? stream.EnterProxyMode()
            : new MuxProxyLink(new MuxSocketCarrier(((MuxSocket)packets).Detach()));
        var client = new MuxProxyClient(
            connection, link, master.Lock, master.Options.MuxProxyQueueLimit, sessions, _logger);
        _client = client;
        Completion = RunAsync(client);
    }

    /// <summary>Writes what has come for the client, for no longer than the limit, and then nothing more.</summary>
    public Task FinishAsync(TimeSpan limit) => _client?.FinishAsync(limit) ?? Task.CompletedTask;

    private static async Task RunAsync(MuxProxyClient client)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await using (client.ConfigureAwait(false)) await client.RunAsync().ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "a client goes on in proxy mode")]
    private partial void LogBegun();
}
