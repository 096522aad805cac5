using System.Management.Automation;
using SshMux.Engine.Channels;
using SshMux.PowerShell.Pipeline;
using SshMux.PowerShell.Running;

namespace SshMux.PowerShell.Cmdlets;

/// <content>What the parameters ask for.</content>
public sealed partial class InvokeSshMuxCommand
{
    private void CheckParameters(bool hasInput)
    {
        if (hasInput && InputFile is not null)
        {
            Refuse("input comes either from -InputFile or as -InputObject, not both");
        }

        if (Subsystem && ArgumentList is { Length: > 0 })
        {
            Refuse("a subsystem takes no arguments: leave out -ArgumentList");
        }

        if (JobName is not null && !AsJob) Refuse("-JobName names the job of -AsJob, which is missing");
        if (OutputFile is not null && AsByteStream) Refuse("-OutputFile takes the bytes: leave out -AsByteStream");
    }

    private CommandPlan MakePlan() => new()
    {
        Request = new SessionRequest
        {
            Command = CommandLine(),
            Subsystem = Subsystem,
            Environment = EnvironmentTable.ToList(this, Environment),
            Pty = Tty ? PtyRequest.Unattended(Terminals.HostWindow.Term, Terminals.HostWindow.SizeOf(Host)) : null,
        },
        TimeLimit = TimeoutSeconds > 0 ? TimeSpan.FromSeconds(TimeoutSeconds) : Timeout.InfiniteTimeSpan,
        Encoding = Encoding,
        Stream = Stream,
        AsBytes = AsByteStream,
        ErrorOnNonZeroExit = ErrorOnNonZeroExit,
    };

    private string CommandLine()
    {
        var line = Command;
        try
        {
            if (ArgumentList is not null) line = ShellWords.Append(Command, ArgumentList);
        }
        catch (ArgumentException e)
        {
            Refuse(e.Message);
        }

        if (line.Contains('\0', StringComparison.Ordinal)) Refuse("a command cannot have a NUL character in it");
        return line;
    }

    private void Refuse(string why) => ThrowTerminatingError(
        ErrorRecords.Make(ErrorRecords.InvalidInput, why, ErrorCategory.InvalidArgument, MyInvocation.BoundParameters));
}
