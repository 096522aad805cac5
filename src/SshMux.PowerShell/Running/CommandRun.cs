using System.Management.Automation;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell.Running;

/// <summary>A plan carried out on one target: waits for its turn, finds the master, runs, and tells its host.</summary>
/// <param name="plan">What to run.</param>
/// <param name="target">Where.</param>
/// <param name="host">Who is told what comes of it.</param>
/// <param name="input">What it reads; null: nothing.</param>
/// <param name="isOneOfMany">Whether errors have to say which target they are of.</param>
internal sealed class CommandRun(
    CommandPlan plan, RunTarget target, IRunHost host, InputReader? input, bool isOneOfMany)
{
    private const int MaxShownError = 300;

    /// <summary>Runs it. Whatever goes wrong is told to the host; only a cancellation comes out of the task.</summary>
    public async Task RunAsync(SemaphoreSlim throttle, CancellationToken stop)
    {
        using (input)
        {
            await throttle.WaitAsync(stop).ConfigureAwait(false);
            try
            {
                stop.ThrowIfCancellationRequested(); // it may have its turn because another one was stopped
                host.OnStarted();
                input?.Start();
                var (master, label) = await target.FindAsync(host, stop).ConfigureAwait(false);
                await RunAsync(master, label, stop).ConfigureAwait(false);
            }
            catch (TimeoutException e)
            {
                await host.WriteErrorAsync(ErrorRecords.FromTimeout($"{target.Location}: {e.Message}", target.Target))
                    .ConfigureAwait(false);
            }
            catch (Exception e) when (ErrorRecords.FindReason(e) is { } reason)
            {
                var named = isOneOfMany ? ErrorRecords.Labelled(reason, target.Location) : reason;
                await host.WriteErrorAsync(ErrorRecords.From(named, target.Target)).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The connection's failures have a reason of the engine: this one is a file's.
                await host.WriteErrorAsync(ErrorRecords.FromFile(e, target.Target, isOneOfMany ? target.Location : null))
                    .ConfigureAwait(false);
            }
            finally
            {
                throttle.Release();
            }
        }
    }

    private async Task RunAsync(Master master, string label, CancellationToken stop)
    {
        using var hearing = host.Hear(master, label);
        var command = new RemoteCommand(plan.Request, plan.TimeLimit);
        if (target.OutputFile is { } path)
        {
            var file = new FileStream(
                path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
            await using (file.ConfigureAwait(false))
            {
                await RunAsync(command, master, label, OutputTakers.Into(file), null, stop).ConfigureAwait(false);
            }
        }
        else if (plan.AsBytes && plan.Stream)
        {
            var chunks = OutputTakers.Chunks(bytes => host.WriteBytesAsync(label, bytes));
            await RunAsync(command, master, label, chunks, null, stop).ConfigureAwait(false);
        }
        else if (plan.AsBytes)
        {
            using var bytes = new MemoryStream();
            var taker = OutputTakers.Into(bytes);
            await RunAsync(command, master, label, taker, bytes.ToArray, stop).ConfigureAwait(false);
        }
        else if (plan.Stream)
        {
            var taker = OutputTakers.Lines(plan.Encoding, lines => host.WriteLinesAsync(label, lines));
            await RunAsync(command, master, label, taker, null, stop).ConfigureAwait(false);
        }
        else
        {
            List<string> lines = [];
            await RunAsync(command, master, label, Into(lines), null, stop, lines).ConfigureAwait(false);
        }
    }

    private async Task RunAsync(
        RemoteCommand command,
        Master master,
        string label,
        OutputTaker output,
        Func<byte[]>? bytes,
        CancellationToken stop,
        List<string>? lines = null)
    {
        List<string> errors = [];
        var error = plan.Stream
            ? OutputTakers.Lines(plan.Encoding, async some =>
            {
                await host.WriteErrorLinesAsync(label, some).ConfigureAwait(false);
                errors.Clear();
                errors.AddRange(some);
            })
            : Into(errors);
        var (exit, duration) = await command.RunAsync(master, input, output, error, stop).ConfigureAwait(false);
        var result = new CommandResult
        {
            HostName = label,
            Command = plan.Text,
            ExitStatus = exit.Status is { } status ? unchecked((int)status) : null,
            ExitSignal = exit.Signal,
            Output = lines is null ? [] : [.. lines],
            OutputBytes = bytes?.Invoke(),
            OutputFile = target.OutputFile,
            ErrorOutput = plan.Stream ? [] : [.. errors],
            Duration = duration,
        };
        var failure = plan.ErrorOnNonZeroExit && !result.Success ? Failure(result, errors) : null;
        await host.WriteEndAsync(result, plan.Stream, failure).ConfigureAwait(false);
    }

    private OutputTaker Into(List<string> all) => OutputTakers.Lines(plan.Encoding, lines =>
    {
        all.AddRange(lines);
        return Task.CompletedTask;
    });

    private static ErrorRecord Failure(CommandResult result, List<string> errors)
    {
        var end = result switch
        {
            { ExitStatus: { } status } => $"ended with exit status {status}",
            { ExitSignal: { } signal } => $"was killed by the signal {signal}",
            _ => "ended without an exit status; a signal probably killed it",
        };
        var words = errors.FindLast(line => !string.IsNullOrWhiteSpace(line))?.Trim();
        if (words?.Length > MaxShownError) words = words[..MaxShownError] + "...";
        return ErrorRecords.Make(
            ErrorRecords.NonZeroExit,
            $"{result.HostName}: the command {end}{(words is null ? "" : $": {words}")}",
            ErrorCategory.InvalidResult,
            result);
    }
}
