using Microsoft.Extensions.Logging;
using SshMux.Engine.Forwarding.X11;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.Engine.Mux.Client;

/// <summary>
/// What a client tells a master of the session that it will ask for (MUX_C_SESSION_OPTIONS): of what the master takes.
/// </summary>
/// <param name="link">The control connection that the session will have.</param>
/// <param name="logger">Where to log what happens.</param>
internal sealed partial class MuxSessionOffer(MuxClientLink link, ILogger logger)
{
    private readonly ILogger _logger = logger;
    private readonly List<KeyValuePair<string, string>> _options = [];

    /// <summary>Has the master told, before it may run anything.</summary>
    /// <param name="request">The session.</param>
    /// <returns>What to ask for. It is without X11 if this side has a display, but nothing to open it with.</returns>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>, or why the connection has ended.</exception>
    public async Task<MuxSessionRequest> MakeAsync(MuxSessionRequest request)
    {
        if (request.SessionName is { } name) Add(MuxSessionOptions.Name, name);
        if (request.WantAgent && link.Own?.AgentSocket is { } socket && Add(MuxSessionOptions.Agent, socket))
        {
            LogAgent(socket);
        }

        if (request.WantX11 && link.Own?.X11 is { Display: { Length: > 0 } display } x11
            && link.TakesSessionOption(MuxSessionOptions.Display))
        {
            if (await new X11Authority(x11, _logger).FindAsync().ConfigureAwait(false) is { } grant)
            {
                Add(MuxSessionOptions.Display, grant.Text);
                LogDisplay(display);
            }
            else
            {
                // As without a master. The master's display would be another one than the user has been told of.
                request = request with { WantX11 = false };
            }
        }

        if (_options.Count > 0)
        {
            MuxRefusal.ExpectOk(
                await link.RequestAsync(id => new MuxSessionOptions(id, _options)).ConfigureAwait(false));
        }

        return request;
    }

    private bool Add(string name, string value)
    {
        if (!link.TakesSessionOption(name)) return false;
        _options.Add(new(name, value));
        return true;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "the session brings the agent at {Path}")]
    private partial void LogAgent(string path);

    [LoggerMessage(Level = LogLevel.Debug, Message = "the session brings the display {Display}")]
    private partial void LogDisplay(string display);
}
