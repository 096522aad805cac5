namespace SshMux.PowerShell.Terminals;

/// <summary>How a remote program on this terminal ended.</summary>
/// <param name="ExitCode">What ssh(1) would exit with.</param>
/// <param name="Remark">What the user should know of it; null if it ended in the usual way.</param>
internal readonly record struct TerminalEnd(int ExitCode, string? Remark = null)
{
    /// <summary>The exit code of an end without an exit status.</summary>
    public const int Failure = 255;
}
