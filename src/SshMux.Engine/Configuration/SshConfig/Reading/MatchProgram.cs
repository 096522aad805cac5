using SshMux.Engine.Platform.Processes;

namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>Runs the programs of Match exec.</summary>
internal static class MatchProgram
{
    /// <summary>
    /// Runs a command line with the user's shell, and whether it succeeds. It has no input and no output, but our error
    /// output.
    /// </summary>
    /// <exception cref="SshException">It cannot be run, or a signal killed it.</exception>
    public static async Task<bool> SucceedsAsync(string command, CancellationToken cancellationToken)
    {
        var program = ChildProcess.Start(ChildCommand.ForShell(command) with
        {
            Input = ChildStream.Nothing,
            Output = ChildStream.Nothing,
        });
        ChildExit exit;
        try
        {
            exit = await program.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It may run for ever, and so may what it has started.
            program.EndTree();
            throw;
        }

        return exit.Signal is null
            ? exit.Status == 0
            : throw new SshException(SshError.ConfigurationInvalid, $"match exec '{command}' error: it {exit}");
    }
}
