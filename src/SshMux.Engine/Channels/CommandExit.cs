namespace SshMux.Engine.Channels;

/// <summary>How a remote program ended (RFC 4254 section 6.10). Both parts are null if the server did not say.</summary>
/// <param name="Status">The exit status.</param>
/// <param name="Signal">The signal that killed it, without SIG: "KILL", "TERM", ...</param>
/// <param name="CoreDumped">Whether it dumped core.</param>
/// <param name="Message">The server's explanation; mostly empty.</param>
public readonly record struct CommandExit(uint? Status, string? Signal = null, bool CoreDumped = false, string Message = "");
