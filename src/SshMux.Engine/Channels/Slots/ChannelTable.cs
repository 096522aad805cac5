using System.Text;
using Microsoft.Extensions.Logging;

namespace SshMux.Engine.Channels.Slots;

/// <summary>
/// The channels of a connection. A channel's local number is its slot, so that a message finds its channel by index.
/// </summary>
internal sealed partial class ChannelTable(ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly Stack<int> _free = new();

    // Written under the lock, read without it: the receive loop sees either the old or the new array, and a slot that it
    // asks for was filled before the peer could name it.
    private volatile IChannelSlot?[] _slots = new IChannelSlot?[16];
    private int _count;
    private int _used;
    private int _nextTurn;
    private SshException? _ended;

    /// <summary>A channel has gone from <see cref="Count"/>. Raised on the receive loop: handlers must not block.</summary>
    public event Action? Removed;

    /// <summary>How many channels count as open (<see cref="ChannelStanding.Counted"/>).</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The slots as they are now, some of them empty.</summary>
    public ReadOnlySpan<IChannelSlot?> Slots => _slots;

    /// <summary>Makes a channel with the next number that is free.</summary>
    /// <exception cref="SshException">Why the connection has ended.</exception>
    public TSlot Add<TSlot>(Func<uint, TSlot> create, ChannelStanding standing = ChannelStanding.Counted)
        where TSlot : class, IChannelSlot
    {
        lock (_lock)
        {
            if (_ended is not null) throw _ended.Again();
            if (!_free.TryPop(out var number))
            {
                number = _used++;
                if (number == _slots.Length)
                {
                    var larger = new IChannelSlot?[2 * number];
                    _slots.CopyTo(larger, 0);
                    _slots = larger;
                }
            }

            var slot = create((uint)number);
            slot.Standing = standing;
            CountIn(slot, 1);
            _slots[number] = slot;
            return slot;
        }
    }

    /// <summary>What stands at a number; null if nothing does.</summary>
    public IChannelSlot? Find(uint number)
    {
        var slots = _slots;
        return number < slots.Length ? slots[number] : null;
    }

    /// <summary>Has a channel count from now on, or count no more. False if it has gone meanwhile.</summary>
    public bool TryChange(IChannelSlot slot, ChannelStanding standing)
    {
        lock (_lock)
        {
            if (Find(slot.LocalId) != slot) return false;
            CountIn(slot, -1);
            slot.Standing = standing;
            CountIn(slot, 1);
            return true;
        }
    }

    /// <summary>
    /// Frees a channel's number; <see cref="TellRemoved"/> is to follow. False if it was free already, as all are when
    /// the connection has ended.
    /// </summary>
    public bool TryRemove(IChannelSlot slot)
    {
        lock (_lock)
        {
            if (Find(slot.LocalId) != slot) return false;
            _slots[slot.LocalId] = null;
            _free.Push((int)slot.LocalId);
            CountIn(slot, -1);
            return true;
        }
    }

    /// <summary>A channel has gone, whatever those think of it who want to know.</summary>
    public void TellRemoved()
    {
        if (Removed is not { } raised) return;
        OneByOne.Tell(raised.GetInvocationList(), told => ((Action)told)(), LogEndNotTaken);
    }

    /// <summary>
    /// There is room to send. It is soon taken, so the order matters: it begins behind the channel that came first the
    /// last time, or the same ones would have all of it time after time.
    /// </summary>
    public void WakeSenders()
    {
        var slots = _slots;
        var start = _nextTurn;
        var isFirst = true;
        for (var i = 0; i < slots.Length; i++)
        {
            var number = (start + i) % slots.Length;
            if (slots[number]?.WakeSender() != true || !isFirst) continue;
            _nextTurn = number + 1;
            isFirst = false;
        }
    }

    /// <summary>The connection has ended: every channel learns the reason, and there are none any more.</summary>
    public void End(SshException reason)
    {
        var ended = new List<IChannelSlot>();
        lock (_lock)
        {
            _ended = reason;
            foreach (var slot in _slots)
            {
                if (slot is not null) ended.Add(slot);
            }

            _slots = [];
            _count = 0;
        }

        OneByOne.Tell(ended, slot => slot.OnConnectionEnded(reason), LogEndNotTaken);
    }

    /// <summary>
    /// The channels that are open or being opened, as <c>~#</c> and a master's MUX_C_EXT_INFO show them, in OpenSSH 10.3's
    /// words. Lines end in CR LF.
    /// </summary>
    public string Describe() => "The following connections are open:\r\n" + DescribeSlots();

    /// <summary>The same without the first line.</summary>
    public string DescribeSlots()
    {
        var text = new StringBuilder();
        foreach (var slot in _slots)
        {
            if (slot is not null) text.Append("  ").Append(slot.Describe()).Append("\r\n");
        }

        return text.ToString();
    }

    private void CountIn(IChannelSlot slot, int by)
    {
        if (slot.Standing == ChannelStanding.Counted) _count += by;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "who was told of an end failed")]
    private partial void LogEndNotTaken(Exception e);
}
