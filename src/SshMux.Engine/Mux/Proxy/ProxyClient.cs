using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Channels.Proxied;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Mux.Proxy;

/// <summary>
/// A client of a master in proxy mode (MUX_C_PROXY): it speaks the connection protocol itself, and the master passes
/// its messages on to the server and back, with channel numbers changed. What it may say is checked before it gets to
/// the server, because a server ends the connection of all for what one says wrong.
/// </summary>
internal sealed partial class ProxyClient : IProxiedChannelOwner, IAsyncDisposable
{
    /// <summary>More is not served; the server has limits too, and takes their excess for an attack.</summary>
    private const int MaxChannels = 1024;

    private readonly SshConnection _connection;
    private readonly ILogger _logger;
    private readonly int _queueLimit;
    private readonly ProxyLink _link;
    private readonly Lock _lock = new();
    private readonly HashSet<ProxiedChannel> _channels = [];
    private TaskCompletionSource? _writable;
    private SshException? _dropped;
    private bool _gone;

    /// <summary>Takes over the socket of a client that has been told MUX_S_PROXY.</summary>
    public ProxyClient(SshConnection connection, ReadySocket socket, int queueLimit, ILogger logger)
    {
        _connection = connection;
        _queueLimit = queueLimit;
        _logger = logger;
        _link = new ProxyLink(socket, static () => { });
    }

    /// <summary>
    /// Serves the client until it goes or is dropped. Its channels are closed then, and its forwards cancelled.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxProtocolError"/>: it was dropped, for this; or why the connection has ended.
    /// </exception>
    public async Task RunAsync()
    {
        _connection.Writable += WakeReader;
        try
        {
            await ReadAsync().ConfigureAwait(false);
            if (_dropped is { } reason) throw reason;
        }
        catch (SshException e) when (e.Error == SshError.ProtocolError)
        {
            // Of the reader of SSH's data types; it is the client's protocol that is broken, and not the server's.
            throw new SshException(SshError.MuxProtocolError, $"a client in proxy mode: {e.Message}", e);
        }
        finally
        {
            _connection.Writable -= WakeReader;
            Leave();
            _link.EndReceiving();
        }
    }

    /// <summary>Writes what has come for the client, for no longer than the limit, and then nothing more.</summary>
    public Task FinishAsync(TimeSpan limit) => _link.FinishAsync(limit);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _link.DisposeAsync();

    void IProxiedChannelOwner.OnMessage(ProxiedChannel channel, byte number, ReadOnlySpan<byte> rest)
    {
        _link.Send(new ChannelMessage(number, channel.OwnerId, rest));
        CheckQueue();
    }

    void IProxiedChannelOwner.OnRemoved(ProxiedChannel channel)
    {
        lock (_lock) _channels.Remove(channel);
    }

    private async Task ReadAsync()
    {
        while (await _link.ReceiveAsync().ConfigureAwait(false))
        {
            while (_link.TryRead(out var message)) Handle(message);
            while (_connection.IsCongested) await WaitUntilWritableAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// What the server sends is bounded by the windows that the client has opened. One that opens many and reads from
    /// none would have all that kept here.
    /// </summary>
    private void CheckQueue()
    {
        if (_link.IsCongested && _link.Unsent > _queueLimit) Drop($"does not read: {_queueLimit} bytes wait for it");
    }

    private void Drop(string why)
    {
        lock (_lock)
        {
            if (_dropped is not null) return;
            _dropped = new SshException(SshError.MuxProtocolError, $"a client in proxy mode {why}");
        }

        _link.Abort();
    }

    private async ValueTask WaitUntilWritableAsync()
    {
        var writable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _writable, writable);
        Interlocked.MemoryBarrier();
        if (!_connection.IsCongested) return;
        await Task.WhenAny(writable.Task, _connection.Ended).ConfigureAwait(false);
        if (_connection.Ended.IsCompleted) throw (await _connection.Ended.ConfigureAwait(false)).Again();
    }

    private void WakeReader() => Interlocked.Exchange(ref _writable, null)?.TrySetResult();

    private void Leave()
    {
        ProxiedChannel[] channels;
        lock (_lock)
        {
            _gone = true;
            channels = [.. _channels];
        }

        OneByOne.Tell(channels, channel => channel.Abandon(), LogNotLeft);
        OneByOne.Guard(CancelForwards, LogNotLeft);
        LogLeft(channels.Length);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "something of a client in proxy mode could not be ended")]
    private partial void LogNotLeft(Exception e);

    [LoggerMessage(Level = LogLevel.Debug, Message = "a client in proxy mode has gone; {Count} channels were open")]
    private partial void LogLeft(int count);
}
