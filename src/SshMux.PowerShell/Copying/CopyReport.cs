using SshMux.Engine;
using SshMux.Engine.Sftp.Copying;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell.Copying;

/// <summary>What is copied over a session, and what is not, as the cmdlet's objects and errors.</summary>
internal sealed class CopyReport(PipelineCmdlet cmdlet, Master master, bool passThru) : ISftpCopyReport
{
    public Task CopiedAsync(SftpCopied file)
    {
        if (!passThru) return Task.CompletedTask;
        var item = new CopiedItem
        {
            HostName = master.Label,
            Source = file.Source,
            Destination = file.Destination,
            Length = file.Length,
            ResumedAt = file.ResumedAt,
            Duration = file.Duration,
        };
        return cmdlet.Pump.InvokeAsync(() => cmdlet.WriteObject(item.ToPSObject()));
    }

    public Task WarnedAsync(string warning) => cmdlet.Pump.InvokeAsync(() => cmdlet.WriteWarning(warning));

    public Task FailedAsync(string source, SshException reason) =>
        cmdlet.Pump.InvokeAsync(() => cmdlet.WriteError(ErrorRecords.From(reason, source)));
}
