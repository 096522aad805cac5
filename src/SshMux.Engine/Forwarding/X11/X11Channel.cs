using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;

namespace SshMux.Engine.Forwarding.X11;

/// <summary>
/// One X11 client on the other side: its first message must show the fake cookie, and goes to the X server with the
/// real one; after that everything passes.
/// </summary>
internal sealed partial class X11Channel : IChannelHandler
{
    private readonly IChannelEnds _server;
    private readonly IChannelHandler _inner;
    private readonly X11Forward _forward;
    private readonly X11Cookie _cookie;
    private readonly ILogger _logger;

    // Null when the first message has passed.
    private byte[]? _setup;
    private int _received;

    public X11Channel(IChannelEnds server, X11Forward forward, X11Cookie cookie, ILogger logger)
    {
        _server = server;
        _inner = server;
        _forward = forward;
        _cookie = cookie;
        _logger = logger;
        _setup = new byte[X11ConnectionSetup.LengthFor(cookie)];
    }

    void IChannelHandler.OnOpened(Channel channel) => _inner.OnOpened(channel);

    void IChannelHandler.OnData(ReadOnlySpan<byte> data)
    {
        if (_setup is null)
        {
            _inner.OnData(data);
            return;
        }

        var taken = Math.Min(data.Length, _setup.Length - _received);
        data[..taken].CopyTo(_setup.AsSpan(_received));
        _received += taken;
        var check = _forward.HasExpired ? X11SetupCheck.Refused
            : X11ConnectionSetup.Substitute(_setup.AsSpan(0, _received), _cookie);
        if (check == X11SetupCheck.Incomplete) return;
        if (check == X11SetupCheck.Refused)
        {
            Reject();
            return;
        }

        var setup = _setup;
        _setup = null;
        _inner.OnData(setup);
        if (taken < data.Length) _inner.OnData(data[taken..]);
    }

    void IChannelHandler.OnExtendedData(ReadOnlySpan<byte> data) => _inner.OnExtendedData(data);

    void IChannelHandler.OnEof()
    {
        if (_setup is null) _inner.OnEof();
        else Reject();
    }

    void IChannelHandler.OnWritable() => _inner.OnWritable();

    void IChannelHandler.OnExit(CommandExit exit) => _inner.OnExit(exit);

    void IChannelHandler.OnPeerStoppedReading() => _inner.OnPeerStoppedReading();

    void IChannelHandler.OnClosed(SshException? reason) => _inner.OnClosed(reason);

    private void Reject()
    {
        LogRejected();
        _server.Abort();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "X11 connection rejected because of wrong authentication.")]
    private partial void LogRejected();
}
