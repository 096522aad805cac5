using System.Diagnostics;

namespace SshMux.Engine.Tests.Support;

/// <summary>What a program run by a test printed and how it ended.</summary>
public sealed record ProcessResult(int ExitCode, string Output, string ErrorOutput)
{
    /// <summary>Runs a program to its end; kills it (and fails) when it takes longer than the limit.</summary>
    public static async Task<ProcessResult> RunAsync(
        string program, IEnumerable<string> arguments, string input = "", int timeoutSeconds = 60)
    {
        if (!program.EndsWith(".exe", StringComparison.OrdinalIgnoreCase)) OnlyOn.Unix();
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended without reading its input; its exit code and messages tell the rest.
        }

        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(timeoutSeconds));
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException(
                $"{program} {string.Join(' ', arguments)} still ran after {timeoutSeconds} s.\n{await output}{await error}");
        }

        return new ProcessResult(process.ExitCode, await output, await error);
    }
}
