using System.Management.Automation;
using SshMux.Engine;
using SshMux.Engine.Transport;

namespace SshMux.PowerShell.Pipeline;

/// <summary>
/// Errors as PowerShell has them. The ErrorId is the <see cref="SshError"/>'s name, or one of the names here; it does
/// not change from release to release, so scripts can rely on it.
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

    /// <summary>No forward is what was asked for.</summary>
    public const string ForwardNotFound = nameof(ForwardNotFound);

    /// <summary>The record for a failure of the engine.</summary>
    public static ErrorRecord From(SshException exception, object? target)
    {
        var record = new ErrorRecord(exception, exception.Error.ToString(), CategoryOf(exception.Error), target);

        // It is shown with the category; a server may have named what it is.
        if (target is string name) record.CategoryInfo.TargetName = Printable.Text(name, 1024);
        return record;
    }

    /// <summary>The record for one of the failures named here.</summary>
    public static ErrorRecord Make(string id, string message, ErrorCategory category, object? target) =>
        new(new InvalidOperationException(message), id, category, target);

    /// <summary>The record for a failure of the file system, in its words and our style.</summary>
    public static ErrorRecord FromFile(Exception exception, object? target)
    {
        var words = exception.Message.TrimEnd('.');
        var message = string.Concat(char.ToLowerInvariant(words[0]).ToString(), words.AsSpan(1));
        return new ErrorRecord(new IOException(message, exception), FileFailed, ErrorCategory.OpenError, target);
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
        _ => ErrorCategory.NotSpecified,
    };
}
