using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Forwarding.X11;

/// <summary>
/// The forwarding of X11 (ssh -X and -Y; RFC 4254 section 6.3): what a connection's sessions may ask for. Until one
/// has, the server's attempts to reach the X server are refused.
/// </summary>
/// <remarks>
/// All sessions share the X server of this process, but those that bring their own. The server does not say for which
/// session it opens a channel; the cookie that an X11 client shows in its first message does.
/// </remarks>
internal sealed partial class X11Forward : ISessionForward
{
    private readonly X11Authority _authority;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private Task<X11Grant?> _finding = Task.FromResult<X11Grant?>(null);
    private bool _isShared;

    internal X11Forward(X11ForwardOptions options, ILogger logger)
    {
        _authority = new X11Authority(options, logger);
        _logger = logger;
    }

    /// <summary>What X11 clients of the server may reach.</summary>
    internal X11Grants Grants { get; } = new();

    private X11Grant? Shared => _finding is { IsCompletedSuccessfully: true } found ? found.Result : null;

    /// <summary>The same for a session that brings an X server of its own.</summary>
    public ISessionForward Of(X11Grant grant) => new SessionX11Forward(this, grant);

    /// <summary>
    /// Finds out what is needed to ask for X11: the display, and its cookie, for which xauth(1) is run. False, and the
    /// reason is in the log, if there can be no forwarding.
    /// </summary>
    async ValueTask<bool> ISessionForward.PrepareAsync(CancellationToken cancellationToken)
    {
        Task<X11Grant?> finding;
        lock (_lock)
        {
            // One cookie for the whole connection; what failed is tried again for the next session.
            if (Shared is null && _finding.IsCompleted) _finding = Task.Run(_authority.FindAsync, CancellationToken.None);
            finding = _finding;
        }

        return await finding.WaitAsync(cancellationToken).ConfigureAwait(false) is not null;
    }

    bool ISessionForward.TryAllow(IncomingChannels incoming)
    {
        lock (_lock)
        {
            // For good: programs of the server may use it after their session.
            if (!_isShared) Grants.Add(Shared!);
            _isShared = true;
        }

        Allow(incoming);
        return true;
    }

    Task<bool> ISessionForward.RequestAsync(Channel session) => RequestAsync(session, Shared!);

    void ISessionForward.Complain(string text) => Complain(text);

    /// <summary>Lets the server open channels to what <see cref="Grants"/> has.</summary>
    internal void Allow(IncomingChannels incoming) => incoming.Accept(ChannelTypes.X11, Accept);

    /// <summary>Asks for X11 with the fake cookie of an X server; gives whether the server agrees.</summary>
    internal Task<bool> RequestAsync(Channel session, X11Grant grant)
    {
        LogRequesting();
        return session.RequestX11Async(grant.Cookie.ProtocolName, grant.Cookie.FakeText, grant.Display.Screen);
    }

    /// <summary>Tells the user what the server refuses.</summary>
    internal void Complain(string text) => LogError(text);

    private void Accept(IncomingChannel incoming)
    {
        var fields = new SshReader(incoming.Fields.Span);
        var originator = Printable.Text(fields.ReadString(), 64);
        var port = fields.ReadUInt32();
        fields.ExpectEnd("the opening of an x11 channel");
        LogClient(originator, port);
        if (Grants.HaveExpired)
        {
            LogExpired();
            incoming.Refuse(OpenFailureReason.AdministrativelyProhibited, "ForwardX11Timeout is over");
            return;
        }

        try
        {
            incoming.Accept(new X11Channel(Grants, _logger));
        }
        catch (SshException)
        {
            // The connection has ended.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Text}")]
    private partial void LogError(string text);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Requesting X11 forwarding with authentication spoofing.")]
    private partial void LogRequesting();

    [LoggerMessage(Level = LogLevel.Debug, Message = "an X11 client on the server, from {Originator} port {Port}")]
    private partial void LogClient(string originator, uint port);

    [LoggerMessage(Level = LogLevel.Information, Message = "Rejected X11 connection after ForwardX11Timeout expired")]
    private partial void LogExpired();
}
