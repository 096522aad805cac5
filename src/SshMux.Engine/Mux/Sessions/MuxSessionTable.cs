using System.Globalization;
using SshMux.Engine.Channels.Usage;
using SshMux.Engine.Configuration;

namespace SshMux.Engine.Mux.Sessions;

/// <summary>
/// The sessions of a master, whoever's they are: of clients, of those in proxy mode, and of the master's own process.
/// </summary>
internal sealed class MuxSessionTable
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<uint, MuxSessionEntry> _entries = [];
    private IMuxSessionObserver[] _observers = [];
    private uint _last;

    /// <summary>The sessions, by their numbers.</summary>
    public IReadOnlyList<MuxSessionEntry> All
    {
        get
        {
            lock (_lock) return [.. _entries.Values];
        }
    }

    /// <summary>A session has been asked for.</summary>
    public MuxSessionEntry Add(MuxSessionStart request, IMuxTrackedSession session)
    {
        lock (_lock)
        {
            var entry = new MuxSessionEntry(++_last, request, session);
            _entries.Add(entry.Number, entry);
            return entry;
        }
    }

    /// <summary>A session's channel is open.</summary>
    public void Open(MuxSessionEntry entry, ChannelTraffic traffic)
    {
        lock (_lock)
        {
            if (!_entries.ContainsKey(entry.Number)) return;
            entry.Traffic = traffic;

            // Under the lock, so that nobody hears of a session's end before its beginning.
            foreach (var observer in _observers) observer.OnOpened(entry);
        }
    }

    /// <summary>A session has ended; a second time is none.</summary>
    public void Remove(MuxSessionEntry entry)
    {
        lock (_lock)
        {
            if (!_entries.Remove(entry.Number)) return;
            foreach (var observer in _observers) observer.OnEnded(entry);
        }
    }

    /// <summary>Whether a session has not ended.</summary>
    public bool Has(MuxSessionEntry entry)
    {
        lock (_lock) return _entries.ContainsKey(entry.Number);
    }

    /// <summary>The session with a number or a name; null, and why, if it cannot be said which.</summary>
    public MuxSessionEntry? Find(string numberOrName, out string whyNot)
    {
        lock (_lock)
        {
            whyNot = "";
            if (uint.TryParse(numberOrName, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                if (_entries.TryGetValue(number, out var entry)) return entry;
                whyNot = $"there is no session {number} (any more)";
                return null;
            }

            MuxSessionEntry[] named = [.. _entries.Values.Where(entry => entry.Name == numberOrName)];
            if (named is [var only]) return only;
            whyNot = named.Length == 0
                ? $"there is no session called '{numberOrName}' (any more)"
                : $"{named.Length} sessions are called '{numberOrName}'; "
                + $"name one by its number: {string.Join(", ", named.Select(entry => entry.Number))}";
            return null;
        }
    }

    /// <summary>Gives a session another name; null, or why it cannot have it.</summary>
    public static string? Rename(MuxSessionEntry entry, string name)
    {
        if (name.Length > 0 && SessionName.WhyNot(name) is { } whyNot) return whyNot;
        entry.Name = name;
        return null;
    }

    /// <summary>Somebody wants to know what comes and goes, from now on; of the open ones it hears at once.</summary>
    public void Observe(IMuxSessionObserver observer)
    {
        lock (_lock)
        {
            _observers = [.. _observers, observer];
            foreach (var entry in _entries.Values)
            {
                if (entry.Traffic is not null) observer.OnOpened(entry);
            }
        }
    }

    /// <summary>Somebody wants to know no more.</summary>
    public void Forget(IMuxSessionObserver observer)
    {
        lock (_lock) _observers = [.. _observers.Where(one => one != observer)];
    }
}
