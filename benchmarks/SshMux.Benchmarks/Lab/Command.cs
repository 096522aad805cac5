using System.Diagnostics;

namespace SshMux.Benchmarks.Lab;

/// <summary>Runs programs whose time counts: nothing is read or written by us meanwhile.</summary>
internal static class Command
{
    /// <summary>Runs a program to its end; its standard input is at its end.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task RunAsync(
        string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Start(program, arguments);
        await WaitAsync(process, $"{program} {string.Join(' ', arguments)}", cancellationToken);
    }

    /// <summary>Runs a line of shell to its end, and gives its time.</summary>
    public static async Task<TimeSpan> TimeShellAsync(string line, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        using var process = Start("/bin/sh", ["-c", line]);
        await WaitAsync(process, line, cancellationToken);
        return clock.Elapsed;
    }

    public static Process Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    private static async Task WaitAsync(Process process, string what, CancellationToken cancellationToken)
    {
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0) throw new InvalidOperationException($"status {process.ExitCode}: {what}");
    }
}
