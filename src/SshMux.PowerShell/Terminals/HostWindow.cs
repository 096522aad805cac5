using System.Management.Automation.Host;
using SshMux.Engine.Channels;

namespace SshMux.PowerShell.Terminals;

/// <summary>What a remote terminal is told about the window of the PowerShell host.</summary>
internal static class HostWindow
{
    private static readonly TerminalSize Usual = new(80, 24);

    /// <summary>The kind of the terminal.</summary>
    public static string Term => Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } term ? term : "dumb";

    /// <summary>The size in characters; 80 by 24 where the host has no window.</summary>
    public static TerminalSize SizeOf(PSHost host)
    {
        try
        {
            var size = host.UI.RawUI.WindowSize;
            return size is { Width: > 0, Height: > 0 } ? new TerminalSize((uint)size.Width, (uint)size.Height) : Usual;
        }
        catch (Exception e) when (e is HostException or NotImplementedException or InvalidOperationException
            or NullReferenceException or IOException)
        {
            // Hosts without a window say so in all of these ways.
            return Usual;
        }
    }
}
