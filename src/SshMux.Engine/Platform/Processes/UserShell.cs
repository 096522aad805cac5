namespace SshMux.Engine.Platform.Processes;

/// <summary>Runs command lines with the user's shell (SHELL, else /bin/sh; on Windows cmd.exe).</summary>
internal static class UserShell
{
    /// <summary>Runs one, with the standard streams of this process, to its end.</summary>
    /// <returns>How it ended: "ended with status 1".</returns>
    /// <exception cref="SshException">The shell cannot be started.</exception>
    public static Task<string> RunAsync(string command, CancellationToken cancellationToken) =>
        RunAsync(command, ChildStream.Ours, cancellationToken);

    /// <summary>
    /// Runs one to its end, where standard input and output of this process are not for it: it reads nothing, and what it
    /// writes there is thrown away.
    /// </summary>
    /// <inheritdoc cref="RunAsync(string, CancellationToken)"/>
    public static Task<string> RunApartAsync(string command, CancellationToken cancellationToken) =>
        RunAsync(command, ChildStream.Nothing, cancellationToken);

    private static async Task<string> RunAsync(string command, ChildStream streams, CancellationToken cancellationToken)
    {
        var process = ChildProcess.Start(ChildCommand.ForShell(command) with { Input = streams, Output = streams });
        return (await process.Exited.WaitAsync(cancellationToken).ConfigureAwait(false)).ToString();
    }
}
