using SshMux.Engine;
using SshMux.Engine.Streams;

namespace SshMux.PowerShell.Running;

/// <summary>
/// Ends commands that nobody waits for any more, beside whatever goes on: signals, each with some time to follow, and
/// then the end of the session. What they still write is dropped.
/// </summary>
internal static class CommandEnding
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(10);

    // A command that was started just now may not be there yet for sshd to send it anything.
    private static readonly TimeSpan[] Retries = [TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(200)];

    /// <summary>For Ctrl-C. What runs in the background of a shell without job control ignores INT.</summary>
    private static readonly string[] Interrupt = ["INT", "TERM", "KILL"];

    private static readonly string[] Terminate = ["TERM", "KILL"];

    /// <summary>Ends a command that is being started.</summary>
    /// <param name="starting">The start.</param>
    /// <param name="giveUp">Cancels the start; disposed here.</param>
    /// <param name="late">Whether it is ended because it took too long; else somebody stopped it.</param>
    public static void Begin(Task<RemoteProcess> starting, CancellationTokenSource giveUp, bool late) =>
        _ = EndAsync(starting, giveUp, late);

    /// <summary>Ends a command that runs.</summary>
    public static void Begin(RemoteProcess process, bool late) => _ = EndAsync(process, late ? Terminate : Interrupt);

    private static async Task EndAsync(Task<RemoteProcess> starting, CancellationTokenSource giveUp, bool late)
    {
        using (giveUp)
        {
            giveUp.CancelAfter(StartLimit);
            await ((Task)starting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!starting.IsCompletedSuccessfully)
        {
            _ = starting.Exception; // there is no command to end, and nobody to tell why
            return;
        }

        var process = await starting.ConfigureAwait(false);
        await process.StandardInput.DisposeAsync().ConfigureAwait(false);
        await EndAsync(process, late ? Terminate : Interrupt).ConfigureAwait(false);
    }

    private static async Task EndAsync(RemoteProcess process, string[] signals)
    {
        await using (process.ConfigureAwait(false))
        {
            _ = DropAsync(process.StandardOutput);
            _ = DropAsync(process.StandardError);
            try
            {
                foreach (var signal in signals)
                {
                    using var limit = new CancellationTokenSource(Grace);
                    if (!await TrySignalAsync(process, signal, limit.Token).ConfigureAwait(false)) return;
                    await ((Task)process.Exit.WaitAsync(limit.Token))
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    if (process.Exit.IsCompleted) return;
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SshException)
            {
                // A server that does not answer, or an end of the connection, which is the session's too.
            }
        }
    }

    private static async Task<bool> TrySignalAsync(RemoteProcess process, string signal, CancellationToken limit)
    {
        foreach (var pause in Retries)
        {
            if (await process.SendSignalAsync(signal, limit).ConfigureAwait(false)) return true;
            await ((Task)process.Exit.WaitAsync(pause, limit))
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (process.Exit.IsCompleted) return false;
        }

        return await process.SendSignalAsync(signal, limit).ConfigureAwait(false);
    }

    private static async Task DropAsync(Stream output)
    {
        try
        {
            await output.CopyToAsync(Stream.Null).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The session has ended.
        }
    }

}
