using Microsoft.Extensions.Logging;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>Keeps every line that is logged, at every level.</summary>
internal sealed class ListLogger : ILogger, IDisposable
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get { lock (_lines) return [.. _lines]; }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => this;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        lock (_lines) _lines.Add(formatter(state, exception) + exception);
    }

    public void Dispose()
    {
    }
}
