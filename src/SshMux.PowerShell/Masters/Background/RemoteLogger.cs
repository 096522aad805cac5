using Microsoft.Extensions.Logging;

namespace SshMux.PowerShell.Masters.Background;

/// <summary>
/// In the process of a background master: the engine's log goes to the cmdlet as long as that listens, then nowhere.
/// </summary>
internal sealed class RemoteLogger(FrameChannel channel, LogLevel level) : ILogger
{
    private volatile FrameChannel? _channel = channel;

    public void Detach() => _channel = null;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) =>
        _channel is not null && logLevel >= level && logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (_channel is not { } channel || !IsEnabled(logLevel)) return;
        var text = formatter(state, exception);
        _ = channel.SendAsync(FrameKind.Log, writer =>
        {
            writer.Write((int)logLevel);
            writer.Write(text);
        });
    }
}
