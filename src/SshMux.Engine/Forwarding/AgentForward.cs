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
/// <remarks>
/// The server does not say for which session it opens a channel. So it is for the newest one that has asked and is still
/// open; where its agent cannot be reached for the one before, and so on.
/// </remarks>
internal sealed partial class AgentForward : ISessionForward
{
    private const string NoSocket = "there is no such socket";

    /// <summary>An agent is on this machine and answers a binding without asking its user.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    private readonly AgentBinding? _binding;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly List<(Channel Session, string Path)> _asked = []; // the newest last

    internal AgentForward(string? socketPath, AgentBinding? binding, ILogger logger)
    {
        SocketPath = socketPath;
        _binding = binding;
        _logger = logger;
    }

    /// <summary>The agent's socket; null if there is no agent.</summary>
    public string? SocketPath { get; }

    /// <summary>The same for a session that brings an agent of its own: the one at a socket.</summary>
    public ISessionForward Of(string socketPath) => new SessionAgentForward(this, socketPath);

    bool ISessionForward.TryAllow(IncomingChannels incoming)
    {
        if (SocketPath is { } path) return TryAllow(path, incoming);
        LogNoAgent(AgentSockets.Current.WhyNone);
        return false;
    }

    /// <summary>Asks for the agent; the server does not say whether it is willing.</summary>
    Task<bool> ISessionForward.RequestAsync(Channel session)
    {
        Request(session, SocketPath!);
        return Task.FromResult(true);
    }

    /// <summary>Lets the server reach agents if there may be one at a socket; if not, that is logged.</summary>
    internal bool TryAllow(string path, IncomingChannels incoming)
    {
        if (!AgentSockets.Current.Exists(path))
        {
            LogUnreachable(path, NoSocket);
            return false;
        }

        incoming.Accept(ChannelTypes.Agent, channel => _ = ServeAsync(channel));
        return true;
    }

    /// <summary>Asks for the agent at a socket; it is the session's as long as that is open.</summary>
    internal void Request(Channel session, string path)
    {
        lock (_lock) _asked.Add((session, path));
        session.WhenRemoved(() =>
        {
            lock (_lock) _asked.RemoveAll(one => one.Session == session);
        });
        session.RequestAgentForwarding();
    }

    /// <summary>The sockets to try, in this order.</summary>
    private List<string> ListPaths()
    {
        IEnumerable<string> own = SocketPath is { } path ? [path] : [];

        // A session that is closed on this side has nobody here any more, even if its program goes on.
        lock (_lock)
        {
            return [.. _asked.Where(one => !one.Session.IsClosed).Reverse().Select(one => one.Path).Concat(own).Distinct()];
        }
    }

    private async Task ServeAsync(IncomingChannel incoming)
    {
        // Away from the receive loop, which must not wait for the agent.
        await Task.Yield();
        try
        {
            if (await FindAsync().ConfigureAwait(false) is { } ends) ForwardedSocket.Accept(incoming, ends);
            else incoming.Refuse(OpenFailureReason.ConnectFailed, "the agent cannot be reached");
        }
        catch (SshException e)
        {
            incoming.Refuse(OpenFailureReason.ResourceShortage, e.Message);
        }
    }

    private async Task<IChannelEnds?> FindAsync()
    {
        foreach (var path in ListPaths())
        {
            try
            {
                return await ConnectAsync(path).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or IOException or ArgumentException
                or OperationCanceledException)
            {
                LogUnreachable(path, Explain(e));
            }
        }

        return null;
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
