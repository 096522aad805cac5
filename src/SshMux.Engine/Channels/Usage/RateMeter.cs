namespace SshMux.Engine.Channels.Usage;

/// <summary>
/// How many bytes pass in a second, over about the last one. For one writer at a time; who reads meanwhile may see a
/// value that is a little off.
/// </summary>
/// <param name="now">Gives the time in milliseconds.</param>
internal sealed class RateMeter(Func<long> now)
{
    private const long Window = 1000; // milliseconds

    private long _start = now();
    private long _current; // bytes since the start
    private long _previous; // bytes of the window before it

    /// <summary>Bytes per second.</summary>
    public long Rate
    {
        get
        {
            var age = now() - Volatile.Read(ref _start);
            var (previous, current) = (Volatile.Read(ref _previous), Volatile.Read(ref _current));
            return age switch
            {
                >= 2 * Window => 0,
                >= Window => current * (2 * Window - age) / Window,
                _ => current + (previous * (Window - age) / Window),
            };
        }
    }

    /// <summary>Bytes have passed.</summary>
    public void Add(int bytes)
    {
        var time = now();
        var age = time - _start;
        if (age >= Window)
        {
            Volatile.Write(ref _previous, age < 2 * Window ? _current : 0);
            Volatile.Write(ref _current, 0);
            Volatile.Write(ref _start, time - (age % Window));
        }

        Volatile.Write(ref _current, _current + bytes);
    }
}
