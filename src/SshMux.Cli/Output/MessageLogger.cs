using Microsoft.Extensions.Logging;

namespace SshMux.Cli.Output;

/// <summary>The engine's log as ssh(1) prints its own: <c>debug1: ...</c>.</summary>
internal sealed class MessageLogger(Messages messages) : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) =>
        logLevel != LogLevel.None && (messages.Forced.Count > 0 || messages.Verbosity >= VerbosityOf(logLevel));

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (logLevel == LogLevel.None) return;
        var name = NameOf(eventId);
        var isForced = messages.IsForced(name);
        if (!isForced && messages.Verbosity < VerbosityOf(logLevel)) return;
        var text = formatter(state, exception);
        if (isForced) text = $"{name}: {text}";
        var prefix = logLevel switch
        {
            // A warning in ssh(1)'s own words, which are to be found as they are.
            _ when text.StartsWith("** ", StringComparison.Ordinal) => "",
            LogLevel.Trace => "debug2: ",
            LogLevel.Debug => "debug1: ",
            LogLevel.Information => "",
            _ => "sshmux: ",
        };
        messages.Log(prefix + text);
        if (exception is not null && messages.Verbosity >= Verbosity.Debug3) messages.Log($"debug3: {exception}");
    }

    /// <summary>The message's name: that of the method that says it, LogX or Log.X.</summary>
    private static string? NameOf(EventId eventId) =>
        eventId.Name is { Length: > 3 } name && name.StartsWith("Log", StringComparison.Ordinal) && char.IsUpper(name[3])
            ? name[3..]
            : eventId.Name;

    private static Verbosity VerbosityOf(LogLevel level) => level switch
    {
        LogLevel.Trace => Verbosity.Debug2,
        LogLevel.Debug => Verbosity.Debug1,
        LogLevel.Information => Verbosity.Verbose,
        LogLevel.Warning => Verbosity.Info,
        LogLevel.Error => Verbosity.Error,
        _ => Verbosity.Fatal,
    };
}
