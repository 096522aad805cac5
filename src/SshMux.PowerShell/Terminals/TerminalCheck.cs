using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.PowerShell.Terminals;

/// <summary>Whether there is a terminal to give to a remote program, and somebody at it.</summary>
internal static class TerminalCheck
{
    /// <summary>Why there is none, as the end of a sentence; null if there is one.</summary>
    public static string? WhyNot(PSHost host)
    {
        if (IsNonInteractive(Environment.GetCommandLineArgs())) return "this PowerShell was started with -NonInteractive";
        if (!HasUser(host)) return "it runs in a job or in a host without a console";
        if (!Terminal.IsTerminal(0)) return "standard input is not a terminal";
        return Terminal.IsTerminal(1) ? null : "standard output is not a terminal";
    }

    /// <summary>Whether pwsh was told that nobody is there; it takes shortened names of its parameters.</summary>
    internal static bool IsNonInteractive(IEnumerable<string> arguments)
    {
        foreach (var argument in arguments.Skip(1))
        {
            if (argument is not ['-' or '/', ..]) continue;
            var name = argument.TrimStart('-', '/');
            if (name.Length >= 4 && "NonInteractive".StartsWith(name, StringComparison.OrdinalIgnoreCase)) return true;

            // What follows is the script's.
            if (Means(name, "Command") || Means(name, "File") || Means(name, "EncodedCommand")) return false;
        }

        return false;

        static bool Means(string name, string parameter) =>
            name.Length > 0 && parameter.StartsWith(name, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>
    /// The user is at the host's own runspace; those of jobs and of ForEach-Object -Parallel have none, or share it with
    /// others.
    /// </summary>
    private static bool HasUser(PSHost host)
    {
        try
        {
            return host is IHostSupportsInteractiveSession session && session.Runspace == Runspace.DefaultRunspace;
        }
        catch (Exception e) when (e is RuntimeException or NotImplementedException or InvalidOperationException)
        {
            // How PowerShell says that the host behind this one does not support it.
            return false;
        }
    }
}
