using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Forwarding.X11;

/// <summary>
/// The forwarding of X11 (ssh -X and -Y; RFC 4254 section 6.3): what a connection's sessions may ask for. Until one
/// has, the server's attempts to reach the X server are refused.
/// </summary>
internal sealed partial class X11Forward : ISessionForward
{
    private const string FakeCookie =
        "Warning: No xauth data; using fake authentication data for X11 forwarding.";

    private const string NotUntrusted =
        "Warning: untrusted X11 forwarding setup failed: xauth key data not generated";

    private readonly X11ForwardOptions _options;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private Task<bool> _preparing = Task.FromResult(false);
    private X11Display? _display;
    private X11Cookie? _cookie;

    // A timestamp of the clock; 0: nothing untrusted has been asked for.
    private long _untrustedSince;

    internal X11Forward(X11ForwardOptions options, ILogger logger)
    {
        _options = options;
        _logger = logger;
    }

    /// <summary>Whether the time for new untrusted clients (ForwardX11Timeout) is over.</summary>
    internal bool HasExpired =>
        Volatile.Read(ref _untrustedSince) is not 0 and var since
        && _options.Timeout > TimeSpan.Zero
        && _options.Time.GetElapsedTime(since) > _options.Timeout + TimeSpan.FromSeconds(1);

    /// <summary>
    /// Finds out what is needed to ask for X11: the display, and its cookie, for which xauth(1) is run. False, and the
    /// reason is in the log, if there can be no forwarding.
    /// </summary>
    async ValueTask<bool> ISessionForward.PrepareAsync(CancellationToken cancellationToken)
    {
        Task<bool> preparing;
        lock (_lock)
        {
            // One cookie for the whole connection; what failed is tried again for the next session.
            if (_cookie is null && _preparing.IsCompleted) _preparing = Task.Run(PrepareAsync, CancellationToken.None);
            preparing = _preparing;
        }

        return await preparing.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    bool ISessionForward.TryAllow(IncomingChannels incoming)
    {
        var (cookie, display) = (_cookie!, _display!);
        incoming.Accept(ChannelTypes.X11, channel => Accept(channel, display, cookie));
        return true;
    }

    Task<bool> ISessionForward.RequestAsync(Channel session)
    {
        LogRequesting();
        return session.RequestX11Async(_cookie!.ProtocolName, _cookie.FakeText, _display!.Screen);
    }

    void ISessionForward.Complain(string text) => LogError(text);

    private async Task<bool> PrepareAsync()
    {
        try
        {
            _cookie = await GetCookieAsync().ConfigureAwait(false);
        }
        catch (SshException e)
        {
            LogWarning(e.Message);
        }

        return _cookie is not null;
    }

    private async Task<X11Cookie?> GetCookieAsync()
    {
        if (string.IsNullOrEmpty(_options.Display))
        {
            LogNoDisplay();
            return null;
        }

        _display = X11Display.Parse(_options.Display);
        var program = File.Exists(_options.XAuthLocation) ? _options.XAuthLocation : null;
        if (program is null) LogNoXAuth();
        var xauth = program is null ? null : new XAuth(program, _logger);
        if (_options.Trusted)
        {
            if (xauth is not null && await xauth.FindAsync(_display).ConfigureAwait(false) is { } found) return found;

            // The X server may let its user's programs in without a cookie; what we made up is checked all the same.
            LogWarning(FakeCookie);
            return X11Cookie.CreateArbitrary();
        }

        if (xauth is not null && _untrustedSince == 0)
        {
            Volatile.Write(ref _untrustedSince, _options.Time.GetTimestamp());
        }

        var made = xauth is null
            ? null
            : await xauth.GenerateUntrustedAsync(_display, _options.Timeout).ConfigureAwait(false);

        // No made-up cookie here: an X server that needs none would take untrusted clients for trusted ones.
        if (made is null) LogError(NotUntrusted);
        return made;
    }

    private void Accept(IncomingChannel incoming, X11Display display, X11Cookie cookie)
    {
        var fields = new SshReader(incoming.Fields.Span);
        var originator = Printable.Text(fields.ReadString(), 64);
        var port = fields.ReadUInt32();
        fields.ExpectEnd("the opening of an x11 channel");
        LogClient(originator, port);
        if (HasExpired)
        {
            LogExpired();
            incoming.Refuse(OpenFailureReason.AdministrativelyProhibited, "ForwardX11Timeout is over");
            return;
        }

        _ = ServeAsync(incoming, display, cookie);
    }

    private async Task ServeAsync(IncomingChannel incoming, X11Display display, X11Cookie cookie)
    {
        await Task.Yield();
        try
        {
            var socket = await display.ConnectAsync(CancellationToken.None).ConfigureAwait(false);
            ForwardedSocket.Accept(incoming, socket, ends => new X11Channel(ends, this, cookie, _logger));
        }
        catch (SocketException e)
        {
            LogUnreachable(display.Text, SocketWords.Of(e));
            incoming.Refuse(OpenFailureReason.ConnectFailed, "the X server cannot be reached");
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "X11 forwarding requested but DISPLAY not set")]
    private partial void LogNoDisplay();

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Text}")]
    private partial void LogWarning(string text);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Text}")]
    private partial void LogError(string text);

    [LoggerMessage(Level = LogLevel.Debug, Message = "No xauth program.")]
    private partial void LogNoXAuth();

    [LoggerMessage(Level = LogLevel.Debug, Message = "Requesting X11 forwarding with authentication spoofing.")]
    private partial void LogRequesting();

    [LoggerMessage(Level = LogLevel.Debug, Message = "an X11 client on the server, from {Originator} port {Port}")]
    private partial void LogClient(string originator, uint port);

    [LoggerMessage(Level = LogLevel.Information, Message = "Rejected X11 connection after ForwardX11Timeout expired")]
    private partial void LogExpired();

    [LoggerMessage(Level = LogLevel.Warning, Message = "the X server of display {Display} cannot be reached: {Reason}")]
    private partial void LogUnreachable(string display, string reason);
}
