using System.Management.Automation;
using SshMux.Engine.Wire;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell;

/// <summary>Ends masters with all that they carry, or lets their sessions finish first.</summary>
[Cmdlet(VerbsLifecycle.Stop, "SshMux", DefaultParameterSetName = ByMaster, SupportsShouldProcess = true)]
public sealed class StopSshMuxCommand : SshCmdlet
{
    private bool _yesToAll;
    private bool _noToAll;

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

    /// <summary>
    /// Only removes the control socket, so that no more clients come; the master ends with its last session.
    /// </summary>
    [Parameter]
    public SwitchParameter Graceful { get; set; }

    /// <summary>
    /// Does not ask before it stops a master inside another process, as -Confirm:$false does not.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private ConfirmImpact Preference =>
        LanguagePrimitives.TryConvertTo<ConfirmImpact>(GetVariableValue("ConfirmPreference"), out var impact)
            ? impact
            : ConfirmImpact.High;

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var value in Master)
        {
            foreach (var master in ResolveMaster(value)) End(master, value);
        }

        foreach (var path in ControlPath) Try(path, () => End(MasterAt(path), path));
    }

    private void End(Master master, object target)
    {
        var what = master.HostName is { } host ? $"{master.Name} ({host})" : master.Label;
        if (!ShouldProcess(what, Graceful ? "Stop listening and let the sessions finish" : "Stop the master")) return;
        if (!MayStop(master, target)) return;
        if (!TryOn(master, target, () => Await(stop => master.StopAsync(Graceful, stop)))) return;
        if (master.KnownState == MasterState.Ended) MasterRegistry.Remove(master);
    }

    /// <summary>
    /// Whether the user wants it, for a master inside another process: that one may be somebody's shell or a script, which
    /// goes on without it. PowerShell has one impact (ConfirmImpact) for a cmdlet, whatever it is used on, so that High is
    /// asked for here.
    /// </summary>
    private bool MayStop(Master master, object target)
    {
        if (!master.IsInsideOther || master.KnownState == MasterState.Ended) return true;
        if (Force || IsBound("Confirm") || Preference != ConfirmImpact.High) return true;
        Await(master.LearnAsync);
        // Nobody answers there: what it is is found out by stopping it.
        if (master.ProcessId == 0) return true;
        var what = $"The master {master.Name} ({master.HostName ?? master.ControlPath}) lives inside another process "
            + $"({ProcessNames.Describe(master.ProcessId)}), which loses it.";
        if (WhyNobodyAnswers() is { } why || !TryAsk(what, out var answer, out why))
        {
            WriteError(ErrorRecords.Make(
                ErrorRecords.NotConfirmed,
                $"{char.ToLowerInvariant(what[0])}{what[1..]} Nobody can be asked whether to stop it ({why}): -Force stops "
                + "it without a question",
                ErrorCategory.OperationStopped,
                target));
            return false;
        }

        return answer;
    }

    private bool TryAsk(string what, out bool answer, out string? why)
    {
        why = null;
        answer = false;
        try
        {
            answer = ShouldContinue(
                Printable.Lines($"{what} Stop it?"), "Stop a master of another process", ref _yesToAll, ref _noToAll);
            return true;
        }
        catch (Exception e) when (e is not PipelineStoppedException
            and (RuntimeException or InvalidOperationException or NotImplementedException))
        {
            // Hosts say in different ways that they have no user.
            why = e.Message.TrimEnd('.');
            return false;
        }
    }

    // There pwsh's own host ends the whole script, or fails with a NullReferenceException.
    private string? WhyNobodyAnswers() =>
        Host.Name == "ConsoleHost" && Console.IsInputRedirected ? "standard input is not a terminal" : null;
}
