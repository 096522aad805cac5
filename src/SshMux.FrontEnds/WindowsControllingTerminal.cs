using System.Runtime.Versioning;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.FrontEnds;

/// <summary>The console of Windows.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsControllingTerminal : ControllingTerminal
{
    /// <inheritdoc/>
    public override bool IsAvailable
    {
        get
        {
            using var input = ConsoleHandles.TryOpen(output: false);
            return input is not null;
        }
    }

    /// <inheritdoc/>
    public override async Task<char[]?> ReadLineAsync(string question, bool echo, CancellationToken cancellationToken)
    {
        using var input = ConsoleHandles.TryOpen(output: false);
        using var output = ConsoleHandles.TryOpen(output: true);
        if (input is null || output is null) return null;
        using var mode = ConsoleMode.HideInput(input);
        if (mode is null) return null;
        using var end = new EndOfProcess(mode.Dispose);
        using var line = new ConsoleLine(echo);
        _ = ConsoleHandles.TryWrite(output, question);

        // The reader alone writes what it is to show; it is waited for before anything is closed.
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (ConsoleReader.Start(
            input,
            records =>
            {
                foreach (ref readonly var record in records.Span)
                {
                    if (line.IsComplete) break;
                    _ = ConsoleHandles.TryWrite(output, line.Add(record));
                }

                return !line.IsComplete;
            },
            () => ended.TrySetResult()))
        {
            await ended.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return line.Text is { } text ? Pinned.Characters(text.Span) : null;
    }
}
