using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.PowerShell.Terminals;

namespace SshMux.PowerShell.Masters;

// Sessions on this process's terminal.
internal sealed partial class InProcessMaster
{
    internal override async Task<TerminalSession> AttachAsync(
        TerminalRequest request, CancellationToken cancellationToken) =>
        await ChannelTerminal.StartAsync(
            _master.Connection,
            Complete(new SessionRequest { Command = request.Command, Environment = request.Environment }),
            RemoteEnvironment.Term(_configuration),
            EscapeCharacter.Parse(request.EscapeCharacter ?? _configuration.Get("escapechar")),
            Label,
            cancellationToken).ConfigureAwait(false);
}
