using System.Diagnostics;
using Mono.Unix.Native;
using SshMux.Engine.Platform;
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
        using var nothing = DescriptorHandle.TryOpen("/dev/null", OpenFlags.O_RDWR, out var error)
            ?? throw DescriptorHandle.Failed("cannot open /dev/null", error);
        var program = ChildProcess.StartShell(command, nothing, nothing, null);
        ChildExit exit;
        try
        {
            exit = await program.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            End(program);
            throw;
        }

        return exit.Signal is null
            ? exit.Status == 0
            : throw new SshException(SshError.ConfigurationInvalid, $"match exec '{command}' error: it {exit}");
    }

    /// <summary>It may run for ever, and so may what it has started.</summary>
    private static void End(ChildProcess program)
    {
        try
        {
            using var process = Process.GetProcessById(program.Id);
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It has ended just now.
        }
    }
}
