using System.Security.Cryptography;

namespace SshMux.Engine.Transport;

/// <summary>
/// Hides from who watches the network when keys are struck (ObscureKeystrokeTiming, as OpenSSH has it since 9.5): while
/// somebody types, packets leave at ticks of a clock of ours, and for some time after the last key a packet without
/// meaning leaves at each tick that has none. Knows no clock and sends nothing itself; times are on any clock that does
/// not jump. Guarded by the sender's lock.
/// </summary>
/// <param name="interval">The time between two ticks, about.</param>
internal sealed class KeystrokeTiming(TimeSpan interval)
{
    /// <summary>With so many bytes to send nobody is typing, or somebody else is sending, too.</summary>
    public const int TooMuch = 256;

    private const int FuzzPercent = 10;
    private const int MinChaffMilliseconds = 1024;
    private const int MoreChaffMilliseconds = 2048;

    private TimeSpan _nextTick;
    private TimeSpan _chaffUntil;
    private TimeSpan _rateFuzz;
    private bool _mayPass;

    /// <summary>What a tick is for.</summary>
    internal enum Turn
    {
        /// <summary>It is over: what waits leaves, and no tick follows.</summary>
        Stop,

        /// <summary>What waits leaves.</summary>
        Send,

        /// <summary>A packet without meaning leaves.</summary>
        Chaff,
    }

    /// <summary>Whether there is something to hide: a terminal is open, and nothing else is.</summary>
    public bool IsUseful { get; set; }

    /// <summary>Whether packets leave at ticks.</summary>
    public bool IsActive { get; private set; }

    /// <summary>Whether packets have to wait.</summary>
    public bool Holds => IsActive && !_mayPass;

    /// <summary>How many packets without meaning there were since it began.</summary>
    public int ChaffCount { get; private set; }

    /// <summary>Channel data was put into the queue, in which there are so many bytes with it.</summary>
    /// <returns>Whether it begins with this: the first tick is due after <see cref="Wait"/>.</returns>
    public bool OnData(int unsent, TimeSpan now)
    {
        if (unsent >= TooMuch)
        {
            Stop();
            return false;
        }

        _chaffUntil = now + TimeSpan.FromMilliseconds(
            MinChaffMilliseconds + RandomNumberGenerator.GetInt32(MoreChaffMilliseconds));
        if (IsActive) return false;
        IsActive = true;

        // The first key has no other before it from which time could be told.
        _mayPass = true;
        ChaffCount = 0;
        _rateFuzz = Random(Fuzz);
        _nextTick = now + NextInterval();
        return true;
    }

    /// <summary>The time has come; there are so many bytes in the queue.</summary>
    public Turn OnTick(int unsent, TimeSpan now)
    {
        if (!IsUseful || unsent >= TooMuch || (unsent == 0 && now >= _chaffUntil))
        {
            Stop();
            return Turn.Stop;
        }

        // Ticks that were missed are not made up for.
        _nextTick = now + NextInterval();
        _mayPass = true;
        if (unsent > 0) return Turn.Send;
        ChaffCount++;
        return Turn.Chaff;
    }

    /// <summary>The queue is empty: what comes now waits for the next tick.</summary>
    public void OnSent() => _mayPass = false;

    /// <summary>Ends it.</summary>
    public void Stop() => IsActive = false;

    /// <summary>How long it is until the next tick.</summary>
    public TimeSpan Wait(TimeSpan now) => _nextTick > now ? _nextTick - now : TimeSpan.Zero;

    private TimeSpan Fuzz => interval * FuzzPercent / 100;

    /// <summary>Each one a little different, around a length that is another one each time it begins.</summary>
    private TimeSpan NextInterval() => interval - Fuzz + Random(Fuzz) + _rateFuzz;

    private static TimeSpan Random(TimeSpan limit) =>
        limit.Ticks > 0 ? TimeSpan.FromTicks(RandomNumberGenerator.GetInt32((int)limit.Ticks)) : TimeSpan.Zero;
}
