namespace SshMux.Engine.Connection;

/// <summary>A request for a remote terminal (pty-req, RFC 4254 section 6.2).</summary>
/// <param name="Term">The value of TERM.</param>
/// <param name="Size">The size of the local terminal.</param>
/// <param name="Modes">The terminal modes as RFC 4254 section 8 encodes them.</param>
public sealed record PtyRequest(string Term, TerminalSize Size, ReadOnlyMemory<byte> Modes);
