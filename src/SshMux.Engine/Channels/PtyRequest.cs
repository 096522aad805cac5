using SshMux.Engine.Platform.Terminals;

namespace SshMux.Engine.Channels;

/// <summary>A request for a remote terminal (pty-req, RFC 4254 section 6.2).</summary>
/// <param name="Term">The value of TERM.</param>
/// <param name="Size">The size of the local terminal.</param>
/// <param name="Modes">The terminal modes as RFC 4254 section 8 encodes them.</param>
public sealed record PtyRequest(string Term, TerminalSize Size, ReadOnlyMemory<byte> Modes)
{
    /// <summary>
    /// A terminal that nobody sits at: what the program is sent is not echoed into its output, and all else is as the
    /// server likes it.
    /// </summary>
    public static PtyRequest Unattended(string term, TerminalSize size) => new(term, size, TerminalModes.WithoutEcho());
}
