using System.Management.Automation;
using System.Management.Automation.Remoting.Internal;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Wire;

namespace SshMux.PowerShell.Pipeline;

/// <summary>
/// A cmdlet that waits for the engine's tasks while their questions and messages reach the pipeline thread; Ctrl-C cancels
/// at once. It is the way to a person, too: every text that a cmdlet shows goes through here, without what a peer could do
/// to a terminal with it.
/// </summary>
public abstract class PipelineCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private CmdletLogger? _logger;

    internal PipelinePump Pump { get; } = new();

    /// <summary>Canceled by Ctrl-C, and when the pipeline has ended in another way.</summary>
    private protected CancellationToken Stop => _stop.Token;

    /// <summary>The engine's log, as verbose and debug messages of this cmdlet.</summary>
    private protected ILogger Logger => _logger ??= new CmdletLogger(this, WantsDebug);

    /// <summary>Whether debug messages are wanted, by -Debug or else by $DebugPreference.</summary>
    private protected bool WantsDebug =>
        MyInvocation.BoundParameters.TryGetValue("Debug", out var debug)
            ? LanguagePrimitives.IsTrue(debug)
            : LanguagePrimitives.TryConvertTo<ActionPreference>(
                GetVariableValue("DebugPreference"), out var preference)
                && preference is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);

    // Under -Debug PowerShell asks before each verbose message and warning whether to go on: in the middle of a login,
    // or where nobody can be asked. It is enough to show them.
    private bool IsDebugging =>
        MyInvocation.BoundParameters.TryGetValue("Debug", out var debug) && LanguagePrimitives.IsTrue(debug);

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
    internal T Await<T>(Func<CancellationToken, Task<T>> work)
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

    internal void Await(Func<CancellationToken, Task> work) => Await(async stop =>
    {
        await work(stop).ConfigureAwait(false);
        return true;
    });

    internal new void WriteVerbose(string text)
    {
        if (IsDebugging && !IsBound("Verbose")) Show(PSStreamObjectType.Verbose, text);
        else base.WriteVerbose(Printable.Lines(text));
    }

    internal new void WriteWarning(string text)
    {
        if (IsDebugging && !IsBound("WarningAction")) Show(PSStreamObjectType.Warning, text);
        else base.WriteWarning(Printable.Lines(text));
    }

    internal new void WriteDebug(string text) => base.WriteDebug(Printable.Lines(text));

    internal new void WriteInformation(object data, string[] tags) =>
        base.WriteInformation(data is string text ? Printable.Lines(text) : data, tags);

    internal new void WriteProgress(ProgressRecord record)
    {
        record.Activity = Printable.Lines(record.Activity);
        record.StatusDescription = Printable.Lines(record.StatusDescription);
        if (record.CurrentOperation is { } operation) record.CurrentOperation = Printable.Lines(operation);
        base.WriteProgress(record);
    }

    internal new bool ShouldProcess(string target, string action) =>
        base.ShouldProcess(Printable.Lines(target), Printable.Lines(action));

    private protected bool IsBound(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

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

    private void Show(PSStreamObjectType stream, string text) =>
        new PSStreamObject(stream, Printable.Lines(text)).WriteStreamObject(this, overrideInquire: true);
}
