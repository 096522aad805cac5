using System.Buffers;
using System.Diagnostics;
using SshMux.Engine.Channels;
using SshMux.Engine.Streams;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Running;

/// <summary>One command on one master: feeds its input, takes its output, and waits for its end.</summary>
internal sealed class RemoteCommand(SessionRequest request, TimeSpan timeLimit)
{
    private const int BufferSize = 32 * 1024;

    private static readonly byte[] EndOfInput = [4]; // Ctrl-D

    /// <summary>Runs it; when it is cancelled, or takes too long, it is ended in the background.</summary>
    /// <exception cref="TimeoutException">It took longer than it may.</exception>
    /// <exception cref="Engine.SshException">It could not be started, or its connection or master ended
    /// first.</exception>
    public async Task<(CommandExit Exit, TimeSpan Duration)> RunAsync(
        Master master,
        InputReader? input,
        OutputTaker output,
        OutputTaker error,
        CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeLimit);
        var clock = Stopwatch.StartNew();
        var process = await StartAsync(master, limit.Token, cancellationToken).ConfigureAwait(false);
        try
        {
            var exit = await RunAsync(process, input, output, error, limit.Token).ConfigureAwait(false);
            await process.DisposeAsync().ConfigureAwait(false);
            return (exit, clock.Elapsed);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            var late = !cancellationToken.IsCancellationRequested;
            CommandEnding.Begin(process, late);
            throw late ? TooLate() : new OperationCanceledException(cancellationToken);
        }
        catch
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<RemoteProcess> StartAsync(
        Master master, CancellationToken limit, CancellationToken cancellationToken)
    {
        // Once the server was asked, the command may run: who ends it has to see the start through.
        var giveUp = new CancellationTokenSource();
        var starting = master.StartAsync(request, giveUp.Token);
        try
        {
            var process = await starting.WaitAsync(limit).ConfigureAwait(false);
            giveUp.Dispose();
            return process;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            var late = !cancellationToken.IsCancellationRequested;
            CommandEnding.Begin(starting, giveUp, late);
            throw late ? TooLate() : new OperationCanceledException(cancellationToken);
        }
    }

    private TimeoutException TooLate() => new(
        $"the command did not end within {timeLimit.TotalSeconds:0.###} s and is being ended");

    private async Task<CommandExit> RunAsync(
        RemoteProcess process,
        InputReader? input,
        OutputTaker output,
        OutputTaker error,
        CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var feeding = FeedAsync(process.StandardInput, input, request.Pty is not null, ended.Token);
        try
        {
            await Task.WhenAll(
                TakeAsync(output, process.StandardOutput, ended),
                TakeAsync(error, process.StandardError, ended)).ConfigureAwait(false);
            return await process.Exit.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await feeding.ConfigureAwait(false);
        }
    }

    private static async Task TakeAsync(OutputTaker take, Stream source, CancellationTokenSource ended)
    {
        try
        {
            await take(source, ended.Token).ConfigureAwait(false);
        }
        catch
        {
            // Where one stream cannot be taken (a full disk), the other need not be.
            await ended.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task FeedAsync(
        Stream target, InputReader? input, bool isTerminal, CancellationToken cancellationToken)
    {
        await using (target.ConfigureAwait(false))
        {
            if (input is null && !isTerminal) return;
            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                int count;
                while (input is not null
                    && (count = await input.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0
                    && await TrySendAsync(target, buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false))
                {
                }

                // That is how the end of input is typed.
                if (isTerminal) await TrySendAsync(target, EndOfInput, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The command has ended, or is being ended.
            }
            finally
            {
                // A secret may have gone through it.
                ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
            }
        }
    }

    private static async Task<bool> TrySendAsync(
        Stream target, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            await target.WriteAsync(data, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The command has ended, or reads no more, as it may. An end of the connection is seen by who waits for
            // the command.
            return false;
        }
    }
}
