namespace SshMux.Engine.Configuration;

/// <summary>
/// SshMuxOverflow, our own keyword: what a master does when it is asked for more sessions than the server allows at a
/// time (sshd_config(5), MaxSessions).
/// </summary>
/// <param name="Mode">What it does.</param>
/// <param name="Limit">
/// How long a session waits for its turn before it is refused; the time counts anew when another one's turn has come.
/// </param>
/// <param name="MaxConnections">How many further connections there may be at a time.</param>
internal sealed record SessionOverflow(SessionOverflowMode Mode, TimeSpan Limit, int MaxConnections)
{
    /// <summary>The most further connections that the keyword takes.</summary>
    public const int MostConnections = 100;

    /// <summary>The further connections of <c>connect</c> alone.</summary>
    public const int UsualConnections = 3;

    /// <summary>The time of <c>queue</c> alone.</summary>
    public static readonly TimeSpan UsualLimit = TimeSpan.FromSeconds(60);

    /// <summary>What holds if nothing is said.</summary>
    public static readonly SessionOverflow Usual = new(SessionOverflowMode.Queue, UsualLimit, 0);

    /// <summary>Every session more is refused at once.</summary>
    public static readonly SessionOverflow Refuse = new(SessionOverflowMode.Refuse, TimeSpan.Zero, 0);
}
