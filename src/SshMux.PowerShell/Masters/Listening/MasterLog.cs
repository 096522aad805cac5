using Microsoft.Extensions.Logging;

namespace SshMux.PowerShell.Masters.Listening;

/// <summary>What the cmdlets say with -Verbose, and warn of.</summary>
internal static partial class MasterLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Host}: using the master at {Path}")]
    public static partial void LogUsing(this ILogger logger, string host, string path);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Host}: no master yet, opening one in this process")]
    public static partial void LogOpening(this ILogger logger, string host);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Host}: opening the master {Name} in the background")]
    public static partial void LogOpeningInBackground(this ILogger logger, string host, string name);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "{Host}: the ControlPath {Path} is passed over, as there are no control sockets on Windows yet")]
    public static partial void LogControlPathPassedOver(this ILogger logger, string host, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reason}")]
    public static partial void LogForwardFailed(this ILogger logger, string reason);
}
