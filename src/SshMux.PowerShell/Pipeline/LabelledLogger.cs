using Microsoft.Extensions.Logging;

namespace SshMux.PowerShell.Pipeline;

/// <summary>Puts a host before each message that does not begin with it, where several hosts are at work.</summary>
internal sealed class LabelledLogger(ILogger inner, string label) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter) =>
        inner.Log(logLevel, eventId, state, exception, (s, e) =>
        {
            var text = formatter(s, e);
            return text.StartsWith($"{label}: ", StringComparison.Ordinal) ? text : $"{label}: {text}";
        });
}
