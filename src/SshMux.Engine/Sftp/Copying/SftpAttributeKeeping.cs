namespace SshMux.Engine.Sftp.Copying;

/// <summary>Whether a copy gets modes and times of its source, and what is said where it cannot.</summary>
internal sealed class SftpAttributeKeeping(SftpCopyOptions options, ISftpCopyReport report)
{
    private volatile bool _isGivenUp;
    private int _warned;

    /// <summary>Whether they are to be set.</summary>
    public bool IsOn => options.KeepAttributes && !_isGivenUp;

    /// <summary>
    /// Tells that modes and times cannot be set, once: a side that refuses it for one file does so for most.
    /// </summary>
    /// <param name="where">The side.</param>
    /// <param name="reason">Why it does not.</param>
    public async Task RefusedAsync(string where, SshException reason)
    {
        // What a server does not have at all need not be asked for again.
        if (reason.Error == SshError.NotSupported) _isGivenUp = true;
        if (Interlocked.Exchange(ref _warned, 1) != 0) return;
        try
        {
            await report.WarnedAsync(
                $"{where} does not let all modes and times be set: {reason.Message}. The files are whole all the same; "
                + "-NoAttributes leaves modes and times to that side").ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Nobody listens any more.
        }
    }
}
