using System.Management.Automation;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Running;

/// <summary>Who started a run, a cmdlet or a job: takes what comes of it, and asks the user, if there is one.</summary>
internal interface IRunHost
{
    /// <summary>Finds or opens the master of a host, and tells the host's name.</summary>
    Task<(Master Master, string Label)> OpenAsync(HostQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// Has the caller hear what a master tells while a run is under way on it; disposing the result ends that.
    /// </summary>
    IDisposable Hear(Master master, string host);

    /// <summary>The run has its turn.</summary>
    void OnStarted();

    /// <summary>Lines of the command's output (-Stream). They are the caller's again when the task is done.</summary>
    Task WriteLinesAsync(string host, List<string> lines);

    /// <summary>
    /// Lines of the command's error output (-Stream). They are the caller's again when the task is done.
    /// </summary>
    Task WriteErrorLinesAsync(string host, List<string> lines);

    /// <summary>Bytes of its output (-Stream -AsByteStream).</summary>
    Task WriteBytesAsync(string host, byte[] bytes);

    /// <summary>
    /// How it ended: the result, unless its output was given as it came, and an error if its end is one.
    /// </summary>
    Task WriteEndAsync(CommandResult result, bool isStreamed, ErrorRecord? error);

    /// <summary>Why it could not be run, or not to its end.</summary>
    Task WriteErrorAsync(ErrorRecord error);
}
