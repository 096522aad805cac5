using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Locking;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Proxy;

/// <summary>
/// A client of a master in proxy mode (MUX_C_PROXY): it speaks the connection protocol itself, and the master passes
/// its messages on to the server and back, with channel numbers changed. What it may say is checked before it gets to
/// the server, because a server ends the connection of all for what one says wrong.
/// </summary>
internal sealed partial class MuxProxyClient : IAsyncDisposable
{
    private readonly SshConnection _connection;
    private readonly ILogger _logger;
    private readonly MuxProxyLink _link;
    private readonly MuxProxyOutbox _outbox;
    private readonly MuxProxyChannels _channels;
    private readonly MuxProxyGlobalRequests _globalRequests;
    private TaskCompletionSource? _writable;

    /// <summary>Takes over the way to a client that has been told MUX_S_PROXY.</summary>
    public MuxProxyClient(
        SshConnection connection,
        MuxProxyLink link,
        MuxLock mux,
        int queueLimit,
        MuxProxySessions sessions,
        ILogger logger)
    {
        _connection = connection;
        _logger = logger;
        _link = link;
        _outbox = new MuxProxyOutbox(_link, queueLimit);
        _channels = new MuxProxyChannels(connection, _outbox, sessions, mux);
        _globalRequests = new MuxProxyGlobalRequests(connection, _outbox, _channels, mux);
    }

    /// <summary>Completes when the client has gone and the server has closed all its channels.</summary>
    public Task ChannelsClosed => _channels.Closed;

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
            if (_outbox.Dropped is { } reason) throw reason;
        }
        catch (SshException e) when (e.Error == SshError.ProtocolError)
        {
            // Of the reader of SSH's data types; it is the client's protocol that is broken, and not the server's.
            throw new SshException(SshError.MuxProtocolError, $"a client in proxy mode: {e.Message}", e);
        }
        finally
        {
            _connection.Writable -= WakeReader;
            var open = _channels.Leave(LogNotLeft);
            OneByOne.Guard(_globalRequests.Leave, LogNotLeft);
            LogLeft(open);
            _link.EndReceiving();
        }
    }

    /// <summary>Writes what has come for the client, for no longer than the limit, and then nothing more.</summary>
    public Task FinishAsync(TimeSpan limit) => _link.FinishAsync(limit);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync().ConfigureAwait(false);
        _channels.Dispose();
    }

    private async Task ReadAsync()
    {
        // Over a stream something may have come already, behind the request for proxy mode.
        do
        {
            while (_link.TryRead(out var message)) Handle(message);
            while (_connection.IsCongested) await WaitUntilWritableAsync().ConfigureAwait(false);
        }
        while (await _link.ReceiveAsync().ConfigureAwait(false));
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

    /// <summary>Whatever is wrong with a message throws, and the client is dropped.</summary>
    private void Handle(ReadOnlySpan<byte> message)
    {
        var reader = new SshReader(message);
        var number = reader.ReadByte();
        var isTooLong = message.Length > RequestLimit.MaxRequest;
        if (isTooLong) LogTooLong(RequestLimit.MaxRequest);
        switch (number)
        {
            case MessageNumber.GlobalRequest when isTooLong:
                _globalRequests.RefuseTooLong(ref reader);
                break;
            case MessageNumber.ChannelOpen or MessageNumber.ChannelRequest when isTooLong:
                _channels.RefuseTooLong(number, ref reader);
                break;
            case var _ when isTooLong:
                throw MuxProxyOutbox.Broken($"sent a message of more than {RequestLimit.MaxRequest} bytes");
            case MessageNumber.GlobalRequest:
                _globalRequests.Handle(ref reader);
                break;
            case MessageNumber.ChannelOpen:
                _channels.HandleOpen(ref reader);
                break;
            case >= MessageNumber.ChannelOpenConfirmation and <= MessageNumber.ChannelFailure:
                _channels.Handle(number, ref reader);
                break;
            default:
                // Above all the transport layer's, which are between us and the server.
                throw MuxProxyOutbox.Broken($"sent message {number}, which has no place here");
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "something of a client in proxy mode could not be ended")]
    private partial void LogNotLeft(Exception e);

    [LoggerMessage(Level = LogLevel.Debug, Message = "a client in proxy mode has gone; {Count} channels were open")]
    private partial void LogLeft(int count);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "a client in proxy mode asked for what takes more than {Limit} bytes, and was refused")]
    private partial void LogTooLong(int limit);
}
