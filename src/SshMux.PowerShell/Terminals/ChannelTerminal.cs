using SshMux.Engine;
using SshMux.Engine.Channels;

namespace SshMux.PowerShell.Terminals;

/// <summary>A remote program on this terminal, over a connection of this process.</summary>
internal abstract class ChannelTerminal : TerminalSession
{
    /// <summary>Starts the program. The terminal must not be raw yet: the remote one gets its modes.</summary>
    /// <param name="sessions">Where the session comes from.</param>
    /// <param name="request">What to run; its terminal is described here.</param>
    /// <param name="term">TERM for the remote terminal.</param>
    /// <param name="escape">The escape character; null for none.</param>
    /// <param name="label">What the host is called in messages.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">The server refuses, or why the connection ended.</exception>
    public static Task<ChannelTerminal> StartAsync(
        ISessionSource sessions,
        SessionRequest request,
        string term,
        char? escape,
        string label,
        CancellationToken cancellationToken) => OperatingSystem.IsWindows()
            ? ConsoleTerminal.StartAsync(sessions, request, term, escape, label, cancellationToken)
            : DescriptorTerminal.StartAsync(sessions, request, term, escape, label, cancellationToken);

    /// <summary>The same task; who is stopped by the user does not wait for it.</summary>
    protected static Task<TerminalEnd> Observed(Task<TerminalEnd> completion)
    {
        _ = completion.ContinueWith(
            static task => _ = task.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return completion;
    }

    /// <summary>What ssh(1) would exit with, and what the user should know of how the program ended.</summary>
    protected static TerminalEnd EndOf(string label, CommandExit exit) => exit.Status is { } status
        ? new TerminalEnd((int)status & 0xff)
        : new TerminalEnd(
            TerminalEnd.Failure,
            exit.Signal is { } signal
                ? $"SIG{signal} killed the program on {label}"
                : $"the server closed the session on {label} without an exit status");

    /// <summary>For a connection that has ended before the program.</summary>
    protected static SshException EndedEarly(string label, SshException reason) =>
        new(reason.Error, $"the session on {label} ended early: {reason.Message}", reason);
}
