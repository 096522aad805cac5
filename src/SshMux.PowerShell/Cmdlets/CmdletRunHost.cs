using System.Management.Automation;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Running;

namespace SshMux.PowerShell;

/// <summary>Invoke-SshMux, for the runs that it waits for: what comes of them goes down its pipeline.</summary>
internal sealed class CmdletRunHost(InvokeSshMuxCommand cmdlet) : IRunHost
{
    // What a program that pwsh itself starts leaves if a signal kills it.
    private const int NoStatus = 255;

    public Task<(Master Master, string Label)> OpenAsync(HostQuery query, CancellationToken cancellationToken) =>
        cmdlet.OpenAsync(query, cancellationToken);

    public IDisposable Hear(Master master, string host) => cmdlet.Hear(master, cmdlet.Targets > 1 ? host : null);

    public void OnStarted()
    {
    }

    public Task WriteLinesAsync(string host, List<string> lines) => cmdlet.Pump.InvokeAsync(() =>
    {
        foreach (var line in lines) cmdlet.WriteObject(PSObjects.FromHost(line, host));
    });

    public Task WriteErrorLinesAsync(string host, List<string> lines) => cmdlet.Pump.InvokeAsync(() =>
    {
        // PSHOST shows them whatever $InformationPreference says: they are what a terminal would show.
        foreach (var line in lines)
        {
            cmdlet.WriteInformation(new ErrorLine(host, line, cmdlet.Targets > 1), ErrorLine.Tags);
        }
    });

    public Task WriteBytesAsync(string host, byte[] bytes) =>
        cmdlet.Pump.InvokeAsync(() => cmdlet.WriteObject(PSObjects.FromHost(bytes, host), enumerateCollection: false));

    public Task WriteEndAsync(CommandResult result, bool isStreamed, ErrorRecord? error) =>
        cmdlet.Pump.InvokeAsync(() =>
        {
            if (isStreamed) cmdlet.SessionState.PSVariable.Set("global:LASTEXITCODE", result.ExitStatus ?? NoStatus);
            else cmdlet.WriteObject(result.ToPSObject());
            if (error is not null) cmdlet.WriteError(error);
        });

    public Task WriteErrorAsync(ErrorRecord error) => cmdlet.Pump.InvokeAsync(() => cmdlet.WriteError(error));
}
