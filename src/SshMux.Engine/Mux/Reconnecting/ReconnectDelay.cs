namespace SshMux.Engine.Mux.Reconnecting;

/// <summary>
/// How long to wait before the next attempt: twice as long each time, up to a minute, and never quite as long as others
/// do, so that the clients of a server that comes back do not all come at once.
/// </summary>
internal sealed class ReconnectDelay
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(1);

    private readonly Func<double> _random;
    private int _count;

    /// <param name="random">Gives a number from 0 to below 1; null: any.</param>
    public ReconnectDelay(Func<double>? random = null) => _random = random ?? Random.Shared.NextDouble;

    /// <summary>The time before the next attempt: the first one a second at most, later ones by a half more or less.</summary>
    public TimeSpan Next()
    {
        if (_count++ == 0) return First * _random();
        var span = First * Math.Pow(2, Math.Min(_count - 2, 10));
        return (span < Most ? span : Most) * (0.5 + _random());
    }

    /// <summary>The time after which the next attempt is made if somebody waits for it: two seconds more or less.</summary>
    public TimeSpan Soon() => Usual * (0.5 + _random());

    /// <summary>The connection has held: the next loss begins anew.</summary>
    public void Reset() => _count = 0;
}
