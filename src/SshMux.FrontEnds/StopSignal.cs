namespace SshMux.FrontEnds;

/// <summary>
/// Something to do before SIGTSTP (Ctrl-Z) stops the process, and after. Several may be there at once; the newest one's
/// say is the last. On Windows nothing stops a process so.
/// </summary>
public sealed class StopSignal : IDisposable
{
    private readonly UnixStopSignal? _signal;

    /// <summary>
    /// From now on a stop calls <paramref name="before"/> first and <paramref name="after"/>, once or twice, when the
    /// process has been continued.
    /// </summary>
    public StopSignal(Action before, Action after) =>
        _signal = OperatingSystem.IsWindows() ? null : new UnixStopSignal(before, after);

    /// <summary>Whether a shell can continue this process after <see cref="StopAsync"/>, so that stopping makes sense.</summary>
    public static bool IsPossible => !OperatingSystem.IsWindows() && UnixStopSignal.IsPossible;

    /// <summary>
    /// Stops the process; completes when it has been continued and may use the terminal, or at once if the system does not
    /// stop it (because no shell is there that could continue it).
    /// </summary>
    public static Task StopAsync() => OperatingSystem.IsWindows() ? Task.CompletedTask : UnixStopSignal.StopAsync();

    /// <summary>Gives the signal back to the system, if this was the last one.</summary>
    public void Dispose()
    {
        if (!OperatingSystem.IsWindows()) _signal?.Dispose();
    }
}
