namespace SshMux.Engine.Configuration;

/// <summary>
/// SshMuxReconnect, our own keyword: how a master whose connection was lost makes it again.
/// </summary>
/// <param name="Attempts">How often it tries, for each loss; null: until it succeeds or the master ends.</param>
/// <param name="Wait">How long what is opened meanwhile waits for the connection before it is refused.</param>
internal sealed record Reconnection(int? Attempts, TimeSpan Wait)
{
    /// <summary>The most attempts that the keyword takes.</summary>
    public const int MostAttempts = 1_000_000;

    /// <summary>The wait if none is given.</summary>
    public static readonly TimeSpan UsualWait = TimeSpan.FromSeconds(60);

    /// <summary>
    /// ServerAliveInterval if nothing is said of it: a connection has to be seen to be lost before it can be made again.
    /// </summary>
    public static readonly TimeSpan UsualAliveInterval = TimeSpan.FromSeconds(15);
}
