namespace SshMux.Engine.Mux.Client;

/// <summary>How a session over a master ended.</summary>
/// <param name="ExitStatus">
/// The remote program's exit status. Null if the master sent none: the program was killed by a signal, or the server
/// closed the session without a status.
/// </param>
internal readonly record struct MuxSessionEnd(uint? ExitStatus)
{
    /// <summary>What ssh(1) would exit with: the status, or 255 if there is none.</summary>
    public int ExitCode => (int)(ExitStatus ?? 255) & 0xff;
}
