using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace SshMux.Engine.Forwarding.X11;

/// <summary>xauth(1), which keeps the cookies of X servers and has untrusted ones made.</summary>
internal sealed partial class XAuth(string program, ILogger logger)
{
    /// <summary>An X server that does not answer must not keep a session from starting for ever.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    // The cookie outlives our willingness to forward: where it expires first, some X servers let everybody in.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(60);

    private readonly ILogger _logger = logger;

    /// <summary>The user's cookie for a display; null if there is none.</summary>
    public Task<X11Cookie?> FindAsync(X11Display display) => ListAsync([], display);

    /// <summary>
    /// Has the X server make a cookie for untrusted clients, which expires after the time if that is not zero; null if
    /// it does not. Nothing is left in the user's own authority file.
    /// </summary>
    public async Task<X11Cookie?> GenerateUntrustedAsync(X11Display display, TimeSpan timeout)
    {
        var folder = Directory.CreateTempSubdirectory("sshmux-");
        try
        {
            var file = Path.Combine(folder.FullName, "xauthfile");
            var name = display.AuthorizationName;
            List<string> arguments = ["-f", file, "generate", name, "MIT-MAGIC-COOKIE-1", "untrusted"];
            if (timeout > TimeSpan.Zero)
            {
                var seconds = (uint)Math.Min((timeout + Slack).TotalSeconds, uint.MaxValue);
                arguments.AddRange(["timeout", seconds.ToString(CultureInfo.InvariantCulture)]);
            }

            return await RunAsync(arguments).ConfigureAwait(false) is null
                ? null
                : await ListAsync(["-f", file], display).ConfigureAwait(false);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<X11Cookie?> ListAsync(string[] options, X11Display display)
    {
        var output = await RunAsync([.. options, "list", display.AuthorizationName]).ConfigureAwait(false);
        var end = output?.IndexOf('\n', StringComparison.Ordinal) ?? -1;
        return output is null ? null : X11Cookie.Parse(end < 0 ? output : output[..end]);
    }

    /// <summary>Gives what it prints; null if it cannot be run or fails.</summary>
    private async Task<string?> RunAsync(IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var text = string.Join(' ', arguments);
        LogRuns(program, text);
        using var limit = new CancellationTokenSource(TimeLimit);
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            try
            {
                await Task.WhenAll(output, errors).ConfigureAwait(false);
                await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }

            if (process.ExitCode == 0) return await output.ConfigureAwait(false);
            var said = (await errors.ConfigureAwait(false)).TrimEnd();
            LogFailed(process.ExitCode, said);
        }
        catch (OperationCanceledException)
        {
            LogTimeout(TimeLimit.TotalSeconds);
        }
        catch (Win32Exception e)
        {
            LogMissing(program, e.Message);
        }

        return null;
    }

    [LoggerMessage(Level = LogLevel.Trace, Message = "xauth command: {Program} {Arguments}")]
    private partial void LogRuns(string program, string arguments);

    [LoggerMessage(Level = LogLevel.Debug, Message = "xauth ended with status {Status}: {Text}")]
    private partial void LogFailed(int status, string text);

    [LoggerMessage(Level = LogLevel.Debug, Message = "xauth did not end within {Seconds} seconds")]
    private partial void LogTimeout(double seconds);

    [LoggerMessage(Level = LogLevel.Debug, Message = "xauth cannot be run as '{Program}': {Reason}")]
    private partial void LogMissing(string program, string reason);
}
