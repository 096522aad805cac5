using System.Management.Automation;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;

namespace SshMux.PowerShell;

/// <summary>
/// Shows what goes through a session of a master, or through all of them, as it goes; until the session or the master ends,
/// or Ctrl-C.
/// </summary>
[Cmdlet(VerbsCommon.Watch, "SshMuxSession", DefaultParameterSetName = BySession)]
[OutputType(typeof(WatchedData), typeof(byte[]))]
public sealed class WatchSshMuxSessionCommand : SshCmdlet
{
    private const string BySession = "Session";

    /// <summary>The session, from Get-SshMuxSession.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = BySession)]
    [ValidateNotNull]
    [One]
    public Session? Session { get; set; }

    /// <summary>The master: an object, or a name.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByMaster)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    [ValidateNotNullOrEmpty]
    [One]
    public object? Master { get; set; }

    /// <summary>The control socket of a master of ours.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByControlPath)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ControlPathCompleter))]
    [OneText]
    public string ControlPath { get; set; } = "";

    /// <summary>The name or number of the session; else all, those to come as well.</summary>
    [Parameter(ParameterSetName = ByMaster)]
    [Parameter(ParameterSetName = ByControlPath)]
    [ValidateNotNullOrEmpty]
    [Alias("Number")]
    [OneText]
    public string Name { get; set; } = "";

    /// <summary>What to show: Input, Output, Error, Lost, Begun, Ended; else all.</summary>
    [Parameter]
    [ValidateSet("Input", "Output", "Error", "Lost", "Begun", "Ended")]
    public string[]? Kind { get; set; }

    /// <summary>Gives the bytes alone, as byte[] after byte[]: of the output, or of the kinds that are named.</summary>
    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case ByControlPath:
                Try(ControlPath, () => Watch(MasterAt(ControlPath), Name));
                break;
            case ByMaster:
                foreach (var master in ResolveMaster(Master!)) TryOn(master, master, () => Watch(master, Name));
                break;
            default:
                TryOn(Session!.Master, Session, () => Watch(Session.Master, Session.Identity));
                break;
        }
    }

    private void Watch(Master master, string session)
    {
        string[]? kinds = Kind ?? (AsByteStream ? ["Output"] : null);
        using var hearing = Hear(master);
        Await(stop => master.WatchAsync(session, TakeAsync, stop));

        ValueTask TakeAsync(MuxWatched seen)
        {
            if (kinds is not null && !kinds.Contains(seen.Kind.ToString(), StringComparer.OrdinalIgnoreCase)) return default;
            var data = new WatchedData(master, seen);
            return new ValueTask(Pump.InvokeAsync(() =>
            {
                if (!AsByteStream) WriteObject(data.ToPSObject());
                else if (seen.Kind <= MuxWatchedKind.Error) WriteObject(data.Data);
            }));
        }
    }
}
