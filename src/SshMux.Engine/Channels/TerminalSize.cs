namespace SshMux.Engine.Channels;

/// <summary>The size of a terminal as pty-req and window-change carry it (RFC 4254 section 6.2).</summary>
/// <param name="Columns">Width in characters.</param>
/// <param name="Rows">Height in characters.</param>
/// <param name="WidthPixels">Width in pixels, 0 if not known.</param>
/// <param name="HeightPixels">Height in pixels, 0 if not known.</param>
public readonly record struct TerminalSize(uint Columns, uint Rows, uint WidthPixels = 0, uint HeightPixels = 0);
