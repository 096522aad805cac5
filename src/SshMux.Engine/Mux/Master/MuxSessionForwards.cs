using System.Text;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Forwarding.X11;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Master;

/// <summary>
/// What a client's session may reach on this machine, if the master's configuration allows it: the agent and the X server
/// that the client brought, else the master's.
/// </summary>
/// <param name="wishes">What the client brought.</param>
/// <param name="descriptors">The session's, on which the client is told what the server refuses.</param>
/// <param name="logger">Where to log what happens.</param>
internal sealed partial class MuxSessionForwards(
    MuxSessionWishes wishes, DescriptorChannel descriptors, ILogger logger)
{
    private readonly ILogger _logger = logger;

    /// <summary>Asks the server for what the client wants, before its program is asked for.</summary>
    public async ValueTask RequestAsync(Channel channel, MuxNewSession request, CancellationToken gone)
    {
        var agent = request.WantAgent ? AgentOf(channel.Connection) : null;
        var x11 = request.WantX11 ? X11Of(channel.Connection) : null;
        if (request.WantAgent && agent is null) LogNotAllowed("agent", "ForwardAgent");
        if (request.WantX11 && x11 is null) LogNotAllowed("X11", "ForwardX11");
        try
        {
            await channel.RequestForwardingsAsync(agent, x11, Complain, gone).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The client is gone, and its channel with it.
        }
    }

    private ISessionForward? AgentOf(ConnectionContext connection) =>
        connection.AgentForward is AgentForward shared && wishes.AgentSocket is { } socket
            ? shared.Of(socket)
            : connection.AgentForward;

    private ISessionForward? X11Of(ConnectionContext connection) =>
        connection.X11Forward is X11Forward shared && wishes.Display is { } grant
            ? shared.Of(grant)
            : connection.X11Forward;

    /// <summary>The client has only its error output to be told on, as ssh(1) does it.</summary>
    private void Complain(string text) =>
        ((IChannelHandler)descriptors).OnExtendedData(Encoding.UTF8.GetBytes($"{text}\r\n"));

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "a client gets no {Kind} forwarding: the master was started without {Keyword}")]
    private partial void LogNotAllowed(string kind, string keyword);
}
