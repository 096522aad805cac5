using System.Buffers;
using System.Diagnostics;
using SshMux.Engine.Connection;

namespace SshMux.PowerShell.Running;

/// <summary>One command on one master: feeds its input, takes its output as lines, and waits for its end.</summary>
internal sealed class RemoteCommand(SessionRequest request, TimeSpan timeout)
{
    private const int BufferSize = 32 * 1024;

    /// <summary>The command, or the subsystem's name; null for a login shell.</summary>
    public string? Text => request.Command;

    /// <summary>How long it may take; <see cref="Timeout.InfiniteTimeSpan"/>: as long as it likes.</summary>
    public TimeSpan TimeLimit => timeout;

    /// <summary>
    /// Runs it and gives its lines to <paramref name="output"/> and <paramref name="error"/> as they come.
    /// </summary>
    /// <exception cref="TimeoutException">It took longer than it may; its session is closed.</exception>
    /// <exception cref="Engine.SshException">It could not be started, or its connection or master ended
    /// first.</exception>
    public async Task<(CommandExit Exit, TimeSpan Duration)> RunAsync(
        Master master,
        SharedInputReader? input,
        Func<List<string>, Task> output,
        Func<List<string>, Task> error,
        CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        var clock = Stopwatch.StartNew();
        try
        {
            var process = await master.StartAsync(request, limit.Token).ConfigureAwait(false);
            await using (process.ConfigureAwait(false))
            {
                var exit = await RunAsync(process, input, output, error, limit.Token).ConfigureAwait(false);
                return (exit, clock.Elapsed);
            }
        }
        catch (OperationCanceledException e)
            when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"the command did not end within {timeout.TotalSeconds:0.###} s; its session was closed", e);
        }
    }

    private static async Task<CommandExit> RunAsync(
        RemoteProcess process,
        SharedInputReader? input,
        Func<List<string>, Task> output,
        Func<List<string>, Task> error,
        CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var feeding = FeedAsync(process.StandardInput, input, ended.Token);
        try
        {
            await Task.WhenAll(
                ReadLinesAsync(process.StandardOutput, output, cancellationToken),
                ReadLinesAsync(process.StandardError, error, cancellationToken)).ConfigureAwait(false);
            return await process.Exit.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await feeding.ConfigureAwait(false);
        }
    }

    private static async Task FeedAsync(Stream target, SharedInputReader? input, CancellationToken cancellationToken)
    {
        await using (target.ConfigureAwait(false))
        {
            if (input is null) return;
            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                int count;
                while ((count = await input.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
                {
                    await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
            {
                // The command has ended, or reads no more, as it may. An end of the connection is seen by who waits for
                // the command.
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static async Task ReadLinesAsync(
        Stream source, Func<List<string>, Task> take, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        var decoder = new LineDecoder();
        List<string> lines = [];
        try
        {
            int count;
            while ((count = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                decoder.Decode(buffer.AsSpan(0, count), lines);
                if (lines.Count == 0) continue;
                await take(lines).ConfigureAwait(false);
                lines.Clear();
            }

            decoder.Finish(lines);
            if (lines.Count > 0) await take(lines).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
