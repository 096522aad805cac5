using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Configuration.SshConfig;

/// <summary>
/// OpenSSH's own client, which reads the configuration for us: <c>ssh -G</c> prints what Host, Match, Include and the
/// rest come to.
/// </summary>
internal static class SshProgram
{
    // sshmux may be installed under the name ssh, even behind a script that we cannot see through; this counts how
    // deep we are in ssh -G calls, so that such a loop ends. Some depth is fine: Match exec may run sshmux.
    private const string DepthVariable = "SSHMUX_CONFIG_DEPTH";
    private const int MaxDepth = 3;

    private const string UnknownKeyword = "Bad configuration option:";

    private const string CannotFork = "Cannot fork into background without a command";
    private const string TwoCommands = "Cannot execute command-line and remote command";

    // A Match command looks at no more of a command than this; more might not fit into one argument of a process.
    private const int MaxCommand = 16_000;

    // Said by ssh -G itself about its standard input; it is no error.
    private const string TerminalNotice = "Pseudo-terminal will not be allocated";

    /// <summary>The first ssh on PATH that is not sshmux itself; null if there is none.</summary>
    public static string? Find() => Find(Environment.GetEnvironmentVariable("PATH"), Environment.ProcessPath);

    internal static string? Find(string? searchPath, string? ourselves)
    {
        var ours = ourselves is null ? null : FinalTarget(ourselves);
        var name = OperatingSystem.IsWindows() ? "ssh.exe" : "ssh";
        foreach (var folder in (searchPath ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var candidate = Path.Combine(folder, name);
            if (!IsExecutable(candidate)) continue;
            var target = FinalTarget(candidate);
            if (target == ours) continue;
            if (Path.GetFileName(target).StartsWith("sshmux", StringComparison.OrdinalIgnoreCase)) continue;
            return candidate;
        }

        return null;
    }

    /// <summary>Runs <c>ssh -G</c>; gives the lines that it prints, and what it warns of.</summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/> with what ssh says.</exception>
    public static async Task<(string[] Lines, string[] Warnings)> PrintConfigurationAsync(
        string program, HostQuery query, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(program, query, cancellationToken).ConfigureAwait(false);
        if (answer.ExitCode != 0 && query.StaysInForeground
            && Array.Exists(answer.Said, line => line.Contains(CannotFork, StringComparison.Ordinal)))
        {
            // The option is not given at once: an older ssh has no such keyword.
            query = query with { Options = ["ForkAfterAuthentication=no", .. query.Options] };
            answer = await AskAsync(program, query, cancellationToken).ConfigureAwait(false);
        }

        if (answer.ExitCode == 0) return (answer.Lines, answer.Said);
        throw new SshException(
            SshError.ConfigurationInvalid,
            Array.Find(answer.Said, IsAboutCommand)
                ?? $"ssh does not accept the host '{query.Host}' or its configuration: {Join(answer.Said, answer.ExitCode)}");
    }

    private static async Task<(int ExitCode, string[] Lines, string[] Said)> AskAsync(
        string program, HostQuery query, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Values may have bytes that are no UTF-8.
            StandardOutputEncoding = Encoding.Latin1,
        };
        var arguments = Arguments(query);
        var wrapped = arguments.ConvertAll(BytesInArguments.Wrap);
        var isWrapped = !wrapped.SequenceEqual(arguments);
        foreach (var argument in wrapped) start.ArgumentList.Add(argument);
        start.Environment[DepthVariable] = NextDepth(program).ToString(CultureInfo.InvariantCulture);

        using var process = StartProcess(start);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await Task.WhenAll(output, errors).ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // A Match exec of the configuration may run for ever, so its processes go too.
            process.Kill(entireProcessTree: true);
            throw;
        }

        var said = (await errors.ConfigureAwait(false))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => !line.StartsWith(TerminalNotice, StringComparison.Ordinal))
            .ToArray();
        var text = ByteText.Decode(Encoding.Latin1.GetBytes(await output.ConfigureAwait(false)));
        if (isWrapped) text = BytesInArguments.Unwrap(text);
        return (process.ExitCode, text.Split('\n', StringSplitOptions.RemoveEmptyEntries), said);
    }

    /// <summary>Runs <c>ssh -G</c> with a whole command line in our place; gives its exit status.</summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: it cannot be run.</exception>
    public static async Task<int> RunAsync(
        string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments);
        start.Environment[DepthVariable] = NextDepth(program).ToString(CultureInfo.InvariantCulture);
        using var process = StartProcess(start);
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return process.ExitCode;
    }

    /// <summary>Whether ssh is content with the configuration, but not with a command for it, or without one.</summary>
    private static bool IsAboutCommand(string line) =>
        line.StartsWith(CannotFork, StringComparison.Ordinal) || line.StartsWith(TwoCommands, StringComparison.Ordinal);

    private static string Join(string[] said, int exitCode)
    {
        // Others know keywords that this ssh is too old for.
        if (Array.Find(said, line => line.Contains(UnknownKeyword, StringComparison.Ordinal)) is { } unknown
            && unknown.StartsWith("command-line", StringComparison.Ordinal))
        {
            return $"it has no keyword '{unknown[(unknown.IndexOf(UnknownKeyword, StringComparison.Ordinal)
                + UnknownKeyword.Length)..].Trim()}'";
        }

        // What ssh(1) says of a destination that it cannot read, over many lines.
        if (said is [var first, ..] && first.StartsWith("usage:", StringComparison.Ordinal))
        {
            return "give host, user@host or ssh://user@host:port";
        }

        var text = string.Join("; ", said);
        return text.Length > 0 ? text : $"ssh -G ended with status {exitCode} and no message";
    }

    private static List<string> Arguments(HostQuery query)
    {
        List<string> arguments = ["-G"];
        if (query.ConfigFile is { } file) arguments.AddRange(["-F", file]);
        foreach (var key in query.IdentityFiles)
        {
            // With -i, ssh looks whether the file is there, and would look for the wrapped name.
            arguments.AddRange(ByteText.IsUtf8(key) ? ["-i", key] : ["-o", $"IdentityFile=\"{key}\""]);
        }

        if (query.Port is { } port) arguments.AddRange(["-p", port.ToString(CultureInfo.InvariantCulture)]);
        if (query.User is { } user) arguments.AddRange(["-l", user]);
        if (query.StdioForward) arguments.AddRange(["-W", "any:1"]);
        if (query.SessionType == SessionType.None) arguments.Add("-N");
        if (query.SessionType == SessionType.Subsystem) arguments.Add("-s");
        foreach (var option in query.Options) arguments.AddRange(["-o", option]);

        // Not -f: it says nothing that the caller would not know, and is refused where there is no command.
        arguments.AddRange(["--", query.Host]);
        if (query.Command is { } command) arguments.Add(command.Length > MaxCommand ? command[..MaxCommand] : command);
        return arguments;
    }

    private static Process StartProcess(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new SshException(
                SshError.ConfigurationInvalid,
                $"cannot run '{start.FileName}' to read the configuration: {e.Message}", e);
        }
    }

    private static int NextDepth(string program)
    {
        _ = int.TryParse(
            Environment.GetEnvironmentVariable(DepthVariable), NumberStyles.None, CultureInfo.InvariantCulture,
            out var depth);
        if (depth < MaxDepth) return depth + 1;
        throw new SshException(
            SshError.ConfigurationInvalid,
            $"the ssh that should read the configuration, '{program}', runs sshmux again; " +
            "put OpenSSH's own ssh before it on PATH");
    }

    private static bool IsExecutable(string path)
    {
        if (!File.Exists(path)) return false;
        const UnixFileMode execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & execute) != 0;
    }

    private static string FinalTarget(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        }
        catch (IOException)
        {
            // A circle of links, or one that leads nowhere: it cannot be run anyway, so its own name will do.
            return Path.GetFullPath(path);
        }
    }
}
