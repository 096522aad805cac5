using Microsoft.Extensions.Logging;

namespace SshMux.Engine.Forwarding.X11;

/// <summary>
/// Finds out what the forwarding of X11 needs: the X server that DISPLAY names, and a cookie for it, for which xauth(1) is
/// run.
/// </summary>
internal sealed partial class X11Authority(X11ForwardOptions options, ILogger logger)
{
    private const string FakeCookie =
        "Warning: No xauth data; using fake authentication data for X11 forwarding.";

    private const string NotUntrusted =
        "Warning: untrusted X11 forwarding setup failed: xauth key data not generated";

    private readonly ILogger _logger = logger;

    /// <summary>What to let clients on the other side reach; null, and the reason is in the log, if there is nothing.</summary>
    public async Task<X11Grant?> FindAsync()
    {
        if (string.IsNullOrEmpty(options.Display))
        {
            LogNoDisplay();
            return null;
        }

        try
        {
            var display = X11Display.Parse(options.Display);
            var program = File.Exists(options.XAuthLocation) ? options.XAuthLocation : null;
            if (program is null) LogNoXAuth();
            var xauth = program is null ? null : new XAuth(program, _logger);

            // Before the X server begins to count, for it must not be the first to end.
            var since = options.Time.GetTimestamp();
            var cookie = options.Trusted
                ? await FindTrustedAsync(xauth, display).ConfigureAwait(false)
                : await GenerateUntrustedAsync(xauth, display).ConfigureAwait(false);
            var limit = options.Trusted ? TimeSpan.Zero : options.Timeout;
            return cookie is null ? null : new X11Grant(display, cookie, limit, since, options.Time);
        }
        catch (Exception e) when (e is SshException or IOException or UnauthorizedAccessException)
        {
            LogWarning(e.Message);
            return null;
        }
    }

    private async Task<X11Cookie> FindTrustedAsync(XAuth? xauth, X11Display display)
    {
        if (xauth is not null && await xauth.FindAsync(display).ConfigureAwait(false) is { } found) return found;

        // The X server may let its user's programs in without a cookie; what we made up is checked all the same.
        LogWarning(FakeCookie);
        return X11Cookie.CreateArbitrary();
    }

    private async Task<X11Cookie?> GenerateUntrustedAsync(XAuth? xauth, X11Display display)
    {
        var made = xauth is null
            ? null
            : await xauth.GenerateUntrustedAsync(display, options.Timeout).ConfigureAwait(false);

        // No made-up cookie here: an X server that needs none would take untrusted clients for trusted ones.
        if (made is null) LogError(NotUntrusted);
        return made;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "X11 forwarding requested but DISPLAY not set")]
    private partial void LogNoDisplay();

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Text}")]
    private partial void LogWarning(string text);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Text}")]
    private partial void LogError(string text);

    [LoggerMessage(Level = LogLevel.Debug, Message = "No xauth program.")]
    private partial void LogNoXAuth();
}
