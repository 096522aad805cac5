using SshMux.Cli.Output;
using SshMux.Engine.DescriptorChannels;
using SshMux.FrontEnds;

namespace SshMux.Cli.Commands;

/// <summary>What this process does at the escapes of its own session.</summary>
/// <param name="terminal">The terminal in raw mode; null if the server gave none, so that ours is as it was.</param>
/// <param name="commandLine">The command line; null if it is not allowed.</param>
/// <param name="messages">What the process says.</param>
internal sealed class OwnEscapes(TerminalGuard? terminal, EscapeCommandLine? commandLine, Messages messages)
    : IEscapeHost
{
    private readonly TaskCompletionSource _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the user wants the connection to end (<c>~.</c>).</summary>
    public Task Terminated => _terminated.Task;

    /// <inheritdoc/>
    public bool HasCommandLine => commandLine is not null;

    /// <inheritdoc/>
    public void Terminate() => _terminated.TrySetResult();

    /// <inheritdoc/>
    public Task SuspendAsync() => StopSignal.StopAsync();

    /// <inheritdoc/>
    public async Task RunCommandLineAsync()
    {
        terminal?.Pause();
        try
        {
            await commandLine!.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            terminal?.Resume();
        }
    }

    /// <inheritdoc/>
    public string? ChangeVerbosity(bool more)
    {
        if (messages.HasFile) return null;
        var level = messages.Verbosity;
        if (more && level < Verbosity.Debug3) messages.Verbosity = ++level;
        else if (!more && level > Verbosity.Quiet) messages.Verbosity = --level;
        return level == Verbosity.Debug1 ? "DEBUG" : level.ToString().ToUpperInvariant();
    }
}
