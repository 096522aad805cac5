using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Sessions;

/// <summary>The sessions of the master's own process: whatever it starts over the connection is one.</summary>
/// <param name="table">The sessions of the master.</param>
internal sealed class MuxOwnSessions(MuxSessionTable table)
{
    /// <summary>This process is about to start a program on a session that is open.</summary>
    public void OnStarting(Channel channel, SessionRequest request)
    {
        var entry = table.Add(
            new MuxSessionStart
            {
                Name = request.SessionName ?? "",
                Kind = request switch
                {
                    { Command: null } => MuxSessionKind.Shell,
                    { Subsystem: true } => MuxSessionKind.Subsystem,
                    _ => MuxSessionKind.Exec,
                },
                Command = ByteText.Encode(request.Command ?? ""),
                Term = request.Pty?.Term ?? "",
                ClientProcessId = Environment.ProcessId,
            },
            new MuxChannelSession(channel));
        table.Open(entry, channel.Traffic);
        channel.WhenRemoved(() => table.Remove(entry));
    }
}
