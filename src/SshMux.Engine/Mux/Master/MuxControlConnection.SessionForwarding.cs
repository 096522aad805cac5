using System.Text;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Master;

// What a client's session may reach on this machine: the master's agent and the master's X server, if its own
// configuration allows them.
internal sealed partial class MuxControlConnection
{
    private async ValueTask RequestForwardingsAsync(
        Channel channel, MuxNewSession request, DescriptorChannel descriptors)
    {
        if (request.WantAgent && channel.Connection.AgentForward is null) LogNotAllowed("agent", "ForwardAgent");
        if (request.WantX11 && channel.Connection.X11Forward is null) LogNotAllowed("X11", "ForwardX11");

        // The client has only its error output to be told on, as ssh(1) does it.
        void Complain(string text) =>
            ((IChannelHandler)descriptors).OnExtendedData(Encoding.UTF8.GetBytes($"{text}\r\n"));
        try
        {
            await channel.RequestForwardingsAsync(request.WantAgent, request.WantX11, Complain, _gone.Token)
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The client is gone, and its channel with it.
        }
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "a client gets no {Kind} forwarding: the master was started without {Keyword}")]
    private partial void LogNotAllowed(string kind, string keyword);
}
