using System.Management.Automation;
using SshMux.Engine;
using SshMux.Engine.Wire;

namespace SshMux.PowerShell.Pipeline;

/// <summary>
/// Errors as PowerShell has them. The ErrorId is the <see cref="SshError"/>'s name, or one of the names here; it does
/// not change from release to release, so scripts can rely on it. Messages are safe to show, whoever worded them.
/// </summary>
internal static class ErrorRecords
{
    /// <summary>No master of this process has the name.</summary>
    public const string MasterNotFound = nameof(MasterNotFound);

    /// <summary>Another master of this process has the name.</summary>
    public const string MasterNameInUse = nameof(MasterNameInUse);

    /// <summary>The command did not end within -TimeoutSeconds.</summary>
    public const string CommandTimeout = nameof(CommandTimeout);

    /// <summary>The command ended with another exit status than 0, or by a signal (-ErrorOnNonZeroExit).</summary>
    public const string NonZeroExit = nameof(NonZeroExit);

    /// <summary>The file of -InputFile or -OutputFile cannot be opened, read or written.</summary>
    public const string FileFailed = nameof(FileFailed);

    /// <summary>What came through the pipeline or a parameter has no meaning there.</summary>
    public const string InvalidInput = nameof(InvalidInput);

    /// <summary>There is no terminal to give to a remote program, or nobody at it.</summary>
    public const string NoTerminal = nameof(NoTerminal);

    /// <summary>What has to be confirmed was not, because nobody can be asked.</summary>
    public const string NotConfirmed = nameof(NotConfirmed);

    /// <summary>No forward is what was asked for.</summary>
    public const string ForwardNotFound = nameof(ForwardNotFound);

    /// <summary>The master has no such session (any more).</summary>
    public const string SessionNotFound = nameof(SessionNotFound);

    /// <summary>The record for a failure of the engine.</summary>
    public static ErrorRecord From(SshException exception, object? target)
    {
        var message = Printable.Lines(exception.Message);
        // What is not safe to show is not kept inside of it either: Get-Error would show that.
        var shown = message == exception.Message && IsSafe(exception.InnerException)
            ? exception
            : new SshException(exception.Error, message);
        return Record(shown, exception.Error.ToString(), CategoryOf(exception.Error), target);
    }

    /// <summary>The record for one of the failures named here.</summary>
    public static ErrorRecord Make(string id, string message, ErrorCategory category, object? target) =>
        Record(new InvalidOperationException(Printable.Lines(message)), id, category, target);

    /// <summary>The record for a command that took too long.</summary>
    public static ErrorRecord FromTimeout(string message, object? target) => Record(
        new TimeoutException(Printable.Lines(message)), CommandTimeout, ErrorCategory.OperationTimeout, target);

    /// <summary>The record for a failure of the file system, in its words and our style; after its host's name if
    /// there are several.</summary>
    public static ErrorRecord FromFile(Exception exception, object? target, string? label = null)
    {
        var words = exception.Message.TrimEnd('.');
        var message = string.Concat(char.ToLowerInvariant(words[0]).ToString(), words.AsSpan(1));
        if (label is not null) message = $"{label}: {message}";
        return Record(
            new IOException(Printable.Lines(message), IsSafe(exception) ? exception : null),
            FileFailed,
            ErrorCategory.OpenError,
            target);
    }

    /// <summary>
    /// The engine's reason in an exception: streams wrap it into an IOException, tasks into an AggregateException.
    /// </summary>
    public static SshException? FindReason(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is SshException reason) return reason;
        }

        return null;
    }

    /// <summary>The error of one host or master among several, whose message tells which one.</summary>
    public static SshException Labelled(SshException reason, string label)
    {
        var text = reason.Message;
        string[] names = [$"@{label}: ", $"host {label} ", $"hostname {label}: "];
        return text.StartsWith($"{label}: ", StringComparison.Ordinal)
            || names.Any(name => text.Contains(name, StringComparison.Ordinal))
                ? reason
                : new SshException(reason.Error, $"{label}: {text}", reason);
    }

    private static ErrorRecord Record(Exception exception, string id, ErrorCategory category, object? target)
    {
        var record = new ErrorRecord(exception, id, category, target);
        // The target's own text, which the views of errors show.
        record.CategoryInfo.TargetName = Printable.Lines(record.CategoryInfo.TargetName);
        return record;
    }

    private static bool IsSafe(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (Printable.Lines(exception.Message) != exception.Message) return false;
        }

        return true;
    }

    private static ErrorCategory CategoryOf(SshError error) => error switch
    {
        SshError.HostNotFound => ErrorCategory.ObjectNotFound,
        SshError.ConnectionRefused => ErrorCategory.ConnectionError,
        SshError.ConnectionTimeout => ErrorCategory.OperationTimeout,
        SshError.ConnectionFailed => ErrorCategory.ConnectionError,
        SshError.ConnectionLost => ErrorCategory.ConnectionError,
        SshError.Disconnected => ErrorCategory.ConnectionError,
        SshError.ProtocolError => ErrorCategory.ProtocolError,
        SshError.NoCommonAlgorithm => ErrorCategory.ProtocolError,
        SshError.AlgorithmUnavailable => ErrorCategory.NotInstalled,
        SshError.HostKeyUnknown => ErrorCategory.SecurityError,
        SshError.HostKeyChanged => ErrorCategory.SecurityError,
        SshError.HostKeyRevoked => ErrorCategory.SecurityError,
        SshError.AuthenticationFailed => ErrorCategory.AuthenticationError,
        SshError.KeyUnusable => ErrorCategory.InvalidData,
        SshError.ConfigurationInvalid => ErrorCategory.InvalidArgument,
        SshError.ChannelOpenRefused => ErrorCategory.ResourceUnavailable,
        SshError.RequestRefused => ErrorCategory.PermissionDenied,
        SshError.RequestTooLong => ErrorCategory.InvalidArgument,
        SshError.ForwardFailed => ErrorCategory.ResourceUnavailable,
        SshError.ControlSocketMissing => ErrorCategory.ObjectNotFound,
        SshError.ControlSocketStale => ErrorCategory.ResourceUnavailable,
        SshError.ControlSocketInUse => ErrorCategory.ResourceExists,
        SshError.ControlPathInvalid => ErrorCategory.InvalidArgument,
        SshError.ControlSocketDenied => ErrorCategory.PermissionDenied,
        SshError.ControlSocketUntrusted => ErrorCategory.SecurityError,
        SshError.MuxProtocolError => ErrorCategory.ProtocolError,
        SshError.MuxRefused => ErrorCategory.ResourceUnavailable,
        SshError.MasterGone => ErrorCategory.ConnectionError,
        SshError.Stopped => ErrorCategory.OperationStopped,
        SshError.NotSupported => ErrorCategory.NotImplemented,
        SshError.FileNotFound => ErrorCategory.ObjectNotFound,
        SshError.FileDenied => ErrorCategory.PermissionDenied,
        SshError.FileFailed => ErrorCategory.WriteError,
        SshError.FileNameRefused => ErrorCategory.SecurityError,
        SshError.MasterLocked => ErrorCategory.ResourceUnavailable,
        _ => ErrorCategory.NotSpecified,
    };
}
