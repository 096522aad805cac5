using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>OpenSSH's own word on a configuration: what its <c>ssh -G</c> prints and says.</summary>
[UnsupportedOSPlatform("windows")]
internal static class OpenSshOracle
{
    /// <summary>An environment variable that configurations may name, and its value.</summary>
    public const string Variable = "SSHMUX_TEST_NAME";

    /// <summary>One that is there and has an empty value. A third, SSHMUX_TEST_MISSING, is not there.</summary>
    public const string EmptyVariable = "SSHMUX_TEST_EMPTY";

    // Said of the standard input, not of the configuration.
    private const string TerminalNotice = "Pseudo-terminal will not be allocated";

    private const string Older = "ssh";

    static OpenSshOracle()
    {
        // Our own reader looks at this process's.
        Environment.SetEnvironmentVariable(Variable, "alpha");
        Environment.SetEnvironmentVariable(EmptyVariable, "");
    }

    /// <summary>Whether this OpenSSH is installed.</summary>
    public static bool Has(OpenSshGeneration generation)
    {
        OnlyOn.Unix();
        return generation == OpenSshGeneration.Older || NewerOpenSsh.IsThere;
    }

    /// <summary>Runs ssh of a generation, with <paramref name="more"/> options before the others.</summary>
    /// <exception cref="TimeoutException">It did not end: it waits for somebody.</exception>
    public static PrintedConfiguration Ask(
        OpenSshGeneration generation, PlacedConfiguration configuration, params IEnumerable<string> more)
    {
        var start = new ProcessStartInfo(generation == OpenSshGeneration.Newer ? NewerOpenSsh.Ssh : Older)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
            StandardErrorEncoding = Encoding.Latin1,
        };
        foreach (var argument in more.Concat(configuration.Arguments)) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(30_000))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"ssh -G did not end.{configuration.Configuration}");
        }

        return new PrintedConfiguration(process.ExitCode, Lines(output.Result), Lines(error.Result));
    }

    private static ImmutableArray<string> Lines(string text) =>
    [
        .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r'))
            .Where(line => !line.StartsWith(TerminalNotice, StringComparison.Ordinal)),
    ];
}
