using Microsoft.Extensions.Logging;

namespace SshMux.PowerShell.Pipeline;

/// <summary>
/// The engine's log as the cmdlet's verbose and debug messages. A master outlives the cmdlet that made it, so the
/// logger falls silent when the cmdlet ends. What is shown is PowerShell's decision; what nobody would see is not even
/// made.
/// </summary>
internal sealed class CmdletLogger(PipelineCmdlet cmdlet, bool debug) : ILogger
{
    private volatile PipelineCmdlet? _cmdlet = cmdlet;

    public void Detach() => _cmdlet = null;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) =>
        _cmdlet is not null && logLevel >= (debug ? LogLevel.Trace : LogLevel.Information) && logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (_cmdlet is not { } cmdlet || !IsEnabled(logLevel)) return;
        var text = formatter(state, exception);
        cmdlet.Pump.Post(() =>
        {
            if (logLevel >= LogLevel.Warning) cmdlet.WriteWarning(text);
            else if (logLevel == LogLevel.Information) cmdlet.WriteVerbose(text);
            else cmdlet.WriteDebug(text);
        });
    }
}
