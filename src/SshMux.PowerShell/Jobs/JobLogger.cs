using System.Management.Automation;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Wire;

namespace SshMux.PowerShell.Jobs;

/// <summary>
/// The engine's log as a job's warnings and verbose messages, and debug messages if they are wanted. A master outlives
/// the job that opened it, so it falls silent when the job has ended.
/// </summary>
internal sealed class JobLogger(Job job, bool debug) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) =>
        logLevel >= (debug ? LogLevel.Trace : LogLevel.Information) && logLevel != LogLevel.None && job.Warning.IsOpen;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        var text = Printable.Lines(formatter(state, exception));
        try
        {
            if (logLevel >= LogLevel.Warning) job.Warning.Add(new WarningRecord(text));
            else if (logLevel == LogLevel.Information) job.Verbose.Add(new VerboseRecord(text));
            else job.Debug.Add(new DebugRecord(text));
        }
        catch (InvalidOperationException)
        {
            // The job has ended just now.
        }
    }
}
