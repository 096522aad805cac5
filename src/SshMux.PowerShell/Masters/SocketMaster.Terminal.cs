using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Mux.Protocol;
using SshMux.PowerShell.Terminals;

namespace SshMux.PowerShell.Masters;

// Sessions on this process's terminal.
internal sealed partial class SocketMaster
{
    internal override async Task<TerminalSession> AttachAsync(
        TerminalRequest request, CancellationToken cancellationToken)
    {
        var escape = request.EscapeCharacter ?? _configuration?.Get("escapechar");
        return await MuxTerminal.StartAsync(
            ControlPath,
            new MuxSessionRequest
            {
                Command = request.Command,
                WantTty = true,
                WantAgent = _configuration?.ForwardAgent ?? false,
                WantX11 = _configuration?.ForwardX11 ?? false,
                EscapeCharacter = EscapeCharacter.Parse(escape),
                Term = _configuration is null
                    ? Environment.GetEnvironmentVariable("TERM") ?? ""
                    : RemoteEnvironment.Term(_configuration),
                Environment = _configuration is null
                    ? request.Environment
                    : MasterEnvironment.For(_configuration, request.Environment),
            },
            Label,
            cancellationToken).ConfigureAwait(false);
    }
}
