using System.Management.Automation;
using Microsoft.Extensions.Logging;

namespace SshMux.PowerShell.Jobs;

/// <summary>
/// The engine's log as a job's warnings and verbose messages. A master outlives the job that opened it, so it falls
/// silent when the job has ended.
/// </summary>
internal sealed class JobLogger(Job job) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) =>
        logLevel is >= LogLevel.Information and not LogLevel.None && job.Warning.IsOpen;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        var text = formatter(state, exception);
        try
        {
            if (logLevel >= LogLevel.Warning) job.Warning.Add(new WarningRecord(text));
            else job.Verbose.Add(new VerboseRecord(text));
        }
        catch (InvalidOperationException)
        {
            // The job has ended just now.
        }
    }
}
