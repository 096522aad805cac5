using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Wire;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell.Copying;

/// <summary>Shows how far a copy is, a few times a second; nothing of a copy that is done within a second.</summary>
/// <param name="cmdlet">Whose progress it is.</param>
/// <param name="activity">What it does.</param>
/// <param name="parts">What is added up.</param>
internal sealed class CopyProgressBar(PipelineCmdlet cmdlet, string activity, Func<IReadOnlyList<SftpCopyProgress>> parts)
{
    private const int Id = 0x5355;

    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    // Rates are those of the last few seconds.
    private const int RateIntervals = 12;

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Queue<(TimeSpan Time, long Bytes)> _past = new();
    private int _waiting;
    private bool _shown;

    /// <summary>Whether nothing more will be found.</summary>
    public bool AllIsFound { get; set; }

    /// <summary>Goes on until it is canceled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(Quiet, cancellationToken).ConfigureAwait(false);
            while (true)
            {
                // A pipeline that is busy elsewhere finds one when it comes back, not all that it missed.
                if (Interlocked.Exchange(ref _waiting, 1) == 0) cmdlet.Pump.Post(Show);
                await Task.Delay(Interval, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The copy has ended.
        }
    }

    /// <summary>Takes it away; on the pipeline thread.</summary>
    public void Remove()
    {
        _waiting = 1;
        if (!_shown) return;
        cmdlet.WriteProgress(new ProgressRecord(Id, activity, "done") { RecordType = ProgressRecordType.Completed });
        _shown = false;
    }

    /// <summary>A number of bytes as people read it.</summary>
    internal static string Size(double bytes)
    {
        string[] units = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];
        var unit = 0;
        for (; bytes >= 999.5 && unit < units.Length - 1; unit++) bytes /= 1024;
        var format = unit == 0 || bytes >= 99.95 ? "0" : bytes >= 9.995 ? "0.0" : "0.00";
        return $"{bytes.ToString(format, CultureInfo.InvariantCulture)} {units[unit]}";
    }

    private void Show()
    {
        var all = parts();
        if (all.Count == 0) return;
        var (files, filesDone) = (all.Sum(one => one.Files), all.Sum(one => one.FilesDone));
        var (bytes, bytesDone) = (all.Sum(one => one.Bytes), all.Sum(one => one.BytesDone));
        var rate = Rate(bytesDone);
        var status = files == 1
            ? $"{Size(bytesDone)} of {Size(bytes)}, {Size(rate)}/s"
            : $"{filesDone:N0} of {files:N0} files, {Size(bytesDone)} of {Size(bytes)}, {Size(rate)}/s";
        var record = new ProgressRecord(Id, activity, status) { CurrentOperation = Printable.Text(all[^1].Current, 1024) };
        if (AllIsFound && bytes > 0)
        {
            record.PercentComplete = (int)Math.Clamp(100 * bytesDone / bytes, 0, 100);
            var left = (bytes - bytesDone) / Math.Max(rate, 1);
            if (left is >= 0 and < 1_000_000) record.SecondsRemaining = (int)left;
        }

        cmdlet.WriteProgress(record);
        _shown = true;
        _waiting = 0;
    }

    private double Rate(long bytes)
    {
        var now = _clock.Elapsed;
        _past.Enqueue((now, bytes));
        var (time, before) = _past.Count > RateIntervals ? _past.Dequeue() : _past.Peek();
        return _past.Count == 1 || now == time
            ? bytes / now.TotalSeconds
            : Math.Max(0, bytes - before) / (now - time).TotalSeconds;
    }
}
