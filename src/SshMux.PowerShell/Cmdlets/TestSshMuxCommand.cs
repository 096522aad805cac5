using System.Management.Automation;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;

namespace SshMux.PowerShell;

/// <summary>Tells whether masters, and the servers behind them, are alive, and how fast they answer.</summary>
[Cmdlet(VerbsDiagnostic.Test, "SshMux", DefaultParameterSetName = ByMaster)]
[OutputType(typeof(MasterStatus), typeof(bool))]
public sealed class TestSshMuxCommand : SshCmdlet
{
    /// <summary>The masters: objects, or names (wildcards are allowed).</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByMaster)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    [ValidateNotNullOrEmpty]
    public object[] Master { get; set; } = [];

    /// <summary>The control sockets of masters: ours, or those of <c>ssh -M</c>.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByControlPath)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ControlPathCompleter))]
    public string[] ControlPath { get; set; } = [];

    /// <summary>How long master and server may take to answer.</summary>
    [Parameter]
    [ValidateRange(0.001, 4_000_000)]
    [One]
    public double TimeoutSeconds { get; set; } = 10;

    /// <summary>Gives only true or false.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var value in Master)
        {
            // A name that nobody has is what this cmdlet is there to find out, not an error, when only true or false
            // counts.
            if (Quiet && PSObjects.Unwrap(value) is string name && FindByName(name).Count == 0)
            {
                WriteObject(false);
                continue;
            }

            foreach (var master in ResolveMaster(value)) Check(master);
        }

        foreach (var path in ControlPath) Try(path, () => Check(MasterAt(path)));
    }

    private void Check(Master master)
    {
        var status = Await(stop => master.CheckAsync(TimeSpan.FromSeconds(TimeoutSeconds), stop));
        if (Quiet) WriteObject(status.Alive);
        else WriteObject(status.ToPSObject());
    }
}
