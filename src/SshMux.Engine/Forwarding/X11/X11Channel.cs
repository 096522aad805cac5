using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Forwarding.X11;

/// <summary>
/// One X11 client on the other side: its first message must show a fake cookie, which tells the X server, and goes there
/// with the real one; after that everything passes.
/// </summary>
/// <param name="grants">The X servers that there are.</param>
/// <param name="logger">Where to log what happens.</param>
internal sealed partial class X11Channel(X11Grants grants, ILogger logger) : IChannelHandler
{
    private readonly LateEnds _server = new();
    private readonly ILogger _logger = logger;
    private Channel? _channel;

    // Null when the first message has passed.
    private byte[]? _setup = new byte[X11ConnectionSetup.MaxLength];
    private int _received;

    private IChannelHandler Inner => _server;

    void IChannelHandler.OnOpened(Channel channel)
    {
        _channel = channel;
        Inner.OnOpened(channel);
    }

    void IChannelHandler.OnData(ReadOnlySpan<byte> data)
    {
        if (_setup is null)
        {
            Inner.OnData(data);
            return;
        }

        var taken = Math.Min(data.Length, _setup.Length - _received);
        data[..taken].CopyTo(_setup.AsSpan(_received));
        _received += taken;
        var received = _setup.AsSpan(0, _received);
        var check = grants.Substitute(received, out var grant);
        if (check == X11SetupCheck.Incomplete) return;
        if (grant is null)
        {
            Reject();
            return;
        }

        _channel!.WhenRemoved(() => grants.Release(grant));
        _setup = null;
        Inner.OnData(received);
        if (taken < data.Length) Inner.OnData(data[taken..]);
        _ = ConnectAsync(grant.Display);
    }

    void IChannelHandler.OnExtendedData(ReadOnlySpan<byte> data) => Inner.OnExtendedData(data);

    void IChannelHandler.OnEof()
    {
        if (_setup is null) Inner.OnEof();
        else Reject();
    }

    void IChannelHandler.OnWritable() => Inner.OnWritable();

    void IChannelHandler.OnExit(CommandExit exit) => Inner.OnExit(exit);

    void IChannelHandler.OnPeerStoppedReading() => Inner.OnPeerStoppedReading();

    void IChannelHandler.OnClosed(SshException? reason) => Inner.OnClosed(reason);

    private async Task ConnectAsync(X11Display display)
    {
        // Away from the receive loop, which must not wait for the X server.
        await Task.Yield();
        try
        {
            var socket = await display.ConnectAsync(CancellationToken.None).ConfigureAwait(false);
            _server.Take(SocketEnds.Take(socket));
        }
        catch (Exception e) when (e is SocketException or SshException)
        {
            LogUnreachable(display.Text, e is SocketException failure ? SocketWords.Of(failure) : e.Message);
            _channel!.Close();
        }
    }

    private void Reject()
    {
        LogRejected();
        _channel!.Close();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "X11 connection rejected because of wrong authentication.")]
    private partial void LogRejected();

    [LoggerMessage(Level = LogLevel.Warning, Message = "the X server of display {Display} cannot be reached: {Reason}")]
    private partial void LogUnreachable(string display, string reason);
}
