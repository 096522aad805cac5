using System.Management.Automation;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;

namespace SshMux.PowerShell;

/// <summary>Has the server send the programs of sessions a signal, whoever started them.</summary>
[Cmdlet(VerbsCommunications.Send, "SshMuxSignal", SupportsShouldProcess = true, DefaultParameterSetName = BySession)]
public sealed class SendSshMuxSignalCommand : SessionCmdlet
{
    private const string Prefix = "SIG";

    /// <summary>The signal, with or without SIG.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SignalCompleter))]
    [OneText]
    public string Signal { get; set; } = "";

    /// <inheritdoc />
    private protected override void Process(Master master, string session, string shown, object target)
    {
        var name = Signal.ToUpperInvariant();
        if (name.StartsWith(Prefix, StringComparison.Ordinal)) name = name[Prefix.Length..];
        if (!ShouldProcess($"session {shown} of {master}", $"Send {name}")) return;
        TryOn(master, target, () => Await(stop => master.SignalSessionAsync(session, name, stop)));
    }
}
