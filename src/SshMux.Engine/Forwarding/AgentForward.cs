using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Platform.Agents;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Forwarding;

/// <summary>
/// The forwarding of an authentication agent (ssh -A; OpenSSH's PROTOCOL.agent): what a connection's sessions may ask
/// for. Until one has, the server's attempts to reach the agent are refused.
/// </summary>
internal sealed partial class AgentForward : ISessionForward
{
    private const string NoSocket = "there is no such socket";

    /// <summary>An agent is on this machine and answers a binding without asking its user.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    private readonly AgentBinding? _binding;
    private readonly ILogger _logger;

    internal AgentForward(string? socketPath, AgentBinding? binding, ILogger logger)
    {
        SocketPath = socketPath;
        _binding = binding;
        _logger = logger;
    }

    /// <summary>The agent's socket; null if there is no agent.</summary>
    public string? SocketPath { get; }

    bool ISessionForward.TryAllow(IncomingChannels incoming)
    {
        if (SocketPath is not { } path)
        {
            LogNoAgent(AgentSockets.Current.WhyNone);
            return false;
        }

        if (!AgentSockets.Current.Exists(path))
        {
            LogUnreachable(path, NoSocket);
            return false;
        }

        incoming.Accept(ChannelTypes.Agent, channel => _ = ServeAsync(channel, path));
        return true;
    }

    /// <summary>Asks for the agent; the server does not say whether it is willing.</summary>
    Task<bool> ISessionForward.RequestAsync(Channel session)
    {
        session.RequestAgentForwarding();
        return Task.FromResult(true);
    }

    private async Task ServeAsync(IncomingChannel incoming, string path)
    {
        // Away from the receive loop, which must not wait for the agent.
        await Task.Yield();
        try
        {
            ForwardedSocket.Accept(incoming, await ConnectAsync(path).ConfigureAwait(false));
        }
        catch (SshException e)
        {
            incoming.Refuse(OpenFailureReason.ResourceShortage, e.Message);
        }
        catch (Exception e) when (e is SocketException or IOException or ArgumentException
            or OperationCanceledException)
        {
            LogUnreachable(path, Explain(e));
            incoming.Refuse(OpenFailureReason.ConnectFailed, "the agent cannot be reached");
        }
    }

    private static string Explain(Exception failure) => failure switch
    {
        OperationCanceledException => "it does not answer",

        // What .NET makes of ENOENT.
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } => NoSocket,
        _ => SocketWords.Of(failure),
    };

    private async Task<IChannelEnds> ConnectAsync(string path)
    {
        using var limit = new CancellationTokenSource(TimeLimit);
        return await AgentEnds.Current.ConnectAsync(path, BindAsync, limit.Token).ConfigureAwait(false);
    }

    private async Task BindAsync(Stream agent, CancellationToken cancellationToken)
    {
        if (_binding is null) return;
        if (!await _binding.BindForwardedAsync(agent, cancellationToken).ConfigureAwait(false)) LogNotBound();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "agent forwarding requested but there is no agent ({Reason})")]
    private partial void LogNoAgent(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "cannot forward the agent at {Path}: {Reason}")]
    private partial void LogUnreachable(string path, string reason);

    [LoggerMessage(Level = LogLevel.Trace, Message = "the agent does not bind its keys to hosts")]
    private partial void LogNotBound();
}
