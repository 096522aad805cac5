using SshMux.Engine.Forwarding;
using SshMux.Engine.Forwarding.X11;

namespace SshMux.Engine.Channels;

// What sessions may ask for beside their program.
public sealed partial class SshConnection
{
    /// <summary>The agent that sessions may ask for; null: they may not (ForwardAgent no).</summary>
    public AgentForward? AgentForward { get; internal set; }

    /// <summary>The X server that sessions may ask for; null: they may not (ForwardX11 no).</summary>
    public X11Forward? X11Forward { get; internal set; }
}
