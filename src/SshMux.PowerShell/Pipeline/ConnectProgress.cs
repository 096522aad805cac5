using System.Management.Automation;

namespace SshMux.PowerShell.Pipeline;

/// <summary>
/// One progress bar for all the logins of a cmdlet. It appears only when they take a while, and is used on the pipeline
/// thread only.
/// </summary>
internal sealed class ConnectProgress(PipelineCmdlet cmdlet)
{
    private const int ActivityId = 0x53736d; // apart from a script's own
    private const int MostNames = 5;

    private readonly List<string> _waiting = [];
    private int _hosts;
    private int _connected;
    private int _failed;
    private bool _isShown;

    /// <summary>How long the logins may take before it appears.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A login begins, or waits for its turn.</summary>
    public void Add(string hostName)
    {
        _hosts++;
        _waiting.Add(hostName);
        Update();
    }

    /// <summary>A login has ended.</summary>
    public void Remove(string hostName, bool connected)
    {
        _waiting.Remove(hostName);
        if (connected) _connected++;
        else _failed++;
        Update();
    }

    /// <summary>The time is up: from now on it is shown, if there is still anything to wait for.</summary>
    public void Show()
    {
        if (_isShown || _waiting.Count == 0) return;
        _isShown = true;
        Update();
    }

    /// <summary>Takes it away.</summary>
    public void Complete()
    {
        if (!_isShown) return;
        _isShown = false;
        cmdlet.WriteProgress(new ProgressRecord(ActivityId, "Connecting", " ")
        {
            RecordType = ProgressRecordType.Completed,
        });
    }

    private void Update()
    {
        if (!_isShown) return;
        var names = string.Join(", ", _waiting.Take(MostNames)) + (_waiting.Count > MostNames ? ", ..." : "");
        var (activity, status, percent) = _hosts == 1
            ? ($"Connecting to {names}", "logging in", -1)
            : ("Connecting", $"{_connected} of {_hosts} connected", 100 * (_connected + _failed) / _hosts);
        if (_failed > 0) status += $", {_failed} failed";
        if (_hosts > 1 && names.Length > 0) status += $", waiting for {names}";
        cmdlet.WriteProgress(new ProgressRecord(ActivityId, activity, status) { PercentComplete = percent });
    }
}
