namespace SshMux.Engine.Platform.Processes;

/// <summary>Runs command lines with the user's shell (SHELL, else /bin/sh; on Windows cmd.exe).</summary>
internal static class UserShell
{
    /// <summary>Runs one, with the standard streams of this process, to its end.</summary>
    /// <returns>How it ended: "ended with status 1".</returns>
    /// <exception cref="SshException">The shell cannot be started.</exception>
    public static async Task<string> RunAsync(string command, CancellationToken cancellationToken)
    {
        var process = ChildProcess.Start(ChildCommand.ForShell(command));
        return (await process.Exited.WaitAsync(cancellationToken).ConfigureAwait(false)).ToString();
    }
}
