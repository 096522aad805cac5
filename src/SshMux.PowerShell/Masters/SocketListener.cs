using SshMux.Engine;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.PowerShell.Masters;

/// <summary>
/// Hears the notices of a master behind a control socket while nothing else of this process is connected to it. The master
/// does not stay for that.
/// </summary>
/// <param name="controlPath">Where it listens.</param>
/// <param name="hear">Takes its notices.</param>
internal sealed class SocketListener(string controlPath, Action<MuxNotice> hear)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private MuxClient? _client;

    /// <summary>
    /// Connects, if that was not done; on a thread of the pool, because who subscribes to an event cannot wait in another
    /// way. A master that does not answer soon has nothing to tell.
    /// </summary>
    public void Start()
    {
        lock (_lock) _client ??= Task.Run(ConnectAsync).GetAwaiter().GetResult();
    }

    /// <summary>Leaves it.</summary>
    public void Stop()
    {
        MuxClient? client;
        lock (_lock)
        {
            client = _client;
            _client = null;
        }

        if (client is not null) _ = client.DisposeAsync().AsTask();
    }

    private async Task<MuxClient?> ConnectAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(Limit);
            var options = new MuxClientOptions { OnNotice = hear, Announced = [MuxExtensions.OfListener] };
            return await MuxClient.ConnectAsync(controlPath, options, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SshException or OperationCanceledException)
        {
            return null;
        }
    }
}
