namespace SshMux.Cli.Output;

/// <summary>How the command ends (ssh(1), EXIT STATUS).</summary>
internal static class ExitStatus
{
    /// <summary>For errors of our own; a remote command's status is passed on.</summary>
    public const int Failure = 255;
}
