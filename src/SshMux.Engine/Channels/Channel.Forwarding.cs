using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

// Requests for what the session's program may reach on this machine.
public sealed partial class Channel
{
    /// <summary>
    /// Asks for X11 and the agent as far as they are wanted and the connection has them to give. That the server
    /// refuses X11 is said to <paramref name="complain"/> when the answer comes, or else logged.
    /// </summary>
    internal async ValueTask RequestForwardingsAsync(
        bool wantAgent, bool wantX11, Action<string>? complain, CancellationToken cancellationToken)
    {
        if (wantX11 && Connection.X11Forward is { } x11
            && await x11.PrepareAsync(cancellationToken).ConfigureAwait(false))
        {
            _ = ComplainIfRefusedAsync(x11.Request(this), complain ?? x11.Complain);
        }

        if (wantAgent) Connection.AgentForward?.Request(this);
    }

    private async Task ComplainIfRefusedAsync(Task<bool> granted, Action<string> complain)
    {
        try
        {
            if (await granted.ConfigureAwait(false)) return;
            complain($"X11 forwarding request failed on channel {LocalId}");
        }
        catch (SshException)
        {
            // The connection has ended, which whoever waits for the session learns.
        }
    }

    /// <summary>Asks for agent forwarding (auth-agent-req@openssh.com); the server does not say if it does.</summary>
    internal void RequestAgentForwarding() => SendRequest("auth-agent-req@openssh.com", []);

    /// <summary>Asks for X11 forwarding (x11-req, RFC 4254 section 6.3.1). False if the server refuses.</summary>
    internal Task<bool> RequestX11Async(string protocol, string cookie, uint screen)
    {
        var fields = new byte[1 + SshWriter.StringLength(protocol) + SshWriter.StringLength(cookie) + 4];
        var writer = new SshWriter(fields);
        writer.WriteBoolean(false); // not for a single connection
        writer.WriteString(protocol);
        writer.WriteString(cookie);
        writer.WriteUInt32(screen);
        return RequestAsync("x11-req", writer.Written);
    }
}
