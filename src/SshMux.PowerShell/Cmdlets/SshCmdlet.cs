using System.Collections;
using System.Management.Automation;
using Microsoft.Extensions.Logging;
using SshMux.Engine;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell.Cmdlets;

/// <summary>
/// What all cmdlets share: waiting for the engine's tasks while its questions and messages reach the pipeline thread,
/// Ctrl-C that cancels at once, and errors.
/// </summary>
public abstract partial class SshCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private CmdletLogger? _logger;

    internal PipelinePump Pump { get; } = new();

    /// <summary>Canceled by Ctrl-C, and when the pipeline has ended in another way.</summary>
    private protected CancellationToken Stop => _stop.Token;

    /// <summary>The engine's log, as verbose and debug messages of this cmdlet.</summary>
    private protected ILogger Logger => _logger ??= new CmdletLogger(this, WantsDebug);

    /// <summary>Ends what is still under way; PowerShell calls it when the pipeline has ended.</summary>
    public void Dispose()
    {
        _logger?.Detach();
        _stop.Cancel();
        Pump.Close();
        OnDisposing();
        GC.SuppressFinalize(this);
    }

    /// <summary>The pipeline has ended: what the cmdlet has not given away is its to end.</summary>
    private protected virtual void OnDisposing()
    {
    }

    /// <summary>Ctrl-C; comes on a thread of its own.</summary>
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>Waits on the pipeline thread for work that is done elsewhere.</summary>
    /// <exception cref="PipelineStoppedException">Ctrl-C, at once; the work is canceled and its result
    /// disposed.</exception>
    private protected T Await<T>(Func<CancellationToken, Task<T>> work)
    {
        var task = Task.Run(() => work(Stop));
        try
        {
            Pump.Run(task, Stop);
        }
        catch (Exception e)
        {
            _stop.Cancel();
            _ = DiscardAsync(task);
            if (e is OperationCanceledException) throw new PipelineStoppedException();
            throw;
        }

        return task.GetAwaiter().GetResult();
    }

    private protected void Await(Func<CancellationToken, Task> work) => Await(async stop =>
    {
        await work(stop).ConfigureAwait(false);
        return true;
    });

    /// <summary>Whether more than one host or master may be at work: then every error names its own.</summary>
    private protected virtual bool IsOneOfMany => MyInvocation.ExpectingInput || AreSeveral;

    /// <summary>Whether the parameters name several, or may.</summary>
    private protected bool AreSeveral => new[] { ByMaster, ByControlPath, ByHostName }.Any(name =>
        MyInvocation.BoundParameters.TryGetValue(name, out var value)
        && (value is IList { Count: > 1 }
            || (value is IList { Count: 1 } items && PSObjects.Unwrap(items[0]) is string text
                && Wildcards.AreIn(text))));

    /// <summary>
    /// As <see cref="Try"/>, on a master that may be one of several: then its error says which.
    /// </summary>
    private protected bool TryOn(Master master, object? target, Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (Exception e) when (ErrorRecords.FindReason(e) is { } reason)
        {
            WriteError(ErrorRecords.From(
                IsOneOfMany ? ErrorRecords.Labelled(reason, master.HostName ?? master.Name) : reason, target));
            return false;
        }
    }

    /// <summary>
    /// Does one item's work; a failure of the engine becomes the item's error, and the next one gets its turn.
    /// </summary>
    /// <returns>Whether it worked.</returns>
    private protected bool Try(object? target, Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (Exception e) when (ErrorRecords.FindReason(e) is { } reason)
        {
            WriteError(ErrorRecords.From(reason, target));
            return false;
        }
    }

    /// <summary>A path as the user wrote it, in full: relative to the current location, with ~ and drives.</summary>
    /// <exception cref="SshException"><see cref="SshError.ControlPathInvalid"/>: it is not in the file
    /// system.</exception>
    private protected string FullPath(string path)
    {
        var full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        if (provider.Name == "FileSystem") return full;
        throw new SshException(
            SshError.ControlPathInvalid,
            $"'{path}' is in the PowerShell provider {provider.Name}, not in the file system");
    }

    private static async Task DiscardAsync<T>(Task<T> task)
    {
        try
        {
            var result = await task.ConfigureAwait(false);
            if (result is IAsyncDisposable disposable) await disposable.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException || ErrorRecords.FindReason(e) is not null)
        {
            // Nobody waits for it any more.
        }
    }
}
