using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Masters;

/// <summary>
/// What a master tells without being asked, on its way to those of this process who listen: cmdlets at work, and the
/// subscribers of its event. Each hears it once, on however many control connections it comes.
/// </summary>
/// <param name="master">The master.</param>
internal sealed class MasterNotices(Master master)
{
    private readonly Lock _lock = new();
    private readonly MuxNoticeMemory _memory = new(TimeProvider.System);
    private readonly Dictionary<object, (int Times, Action<MasterNoticeEventArgs> Hear)> _cmdlets = [];
    private EventHandler<MasterNoticeEventArgs>? _subscribers;
    private Task _raising = Task.CompletedTask;

    /// <summary>Whether the event has subscribers.</summary>
    public bool IsSubscribed
    {
        get
        {
            lock (_lock) return _subscribers is not null;
        }
    }

    /// <summary>The master tells something. Holds nobody up.</summary>
    public void Tell(MuxNotice notice)
    {
        if (!_memory.IsNews(notice)) return;
        var told = new MasterNoticeEventArgs(master, notice);
        Action<MasterNoticeEventArgs>[] cmdlets;
        lock (_lock)
        {
            cmdlets = [.. _cmdlets.Values.Select(one => one.Hear)];

            // A handler of somebody's may do anything: not on the engine's thread, but in order.
            if (_subscribers is { } subscribers) _raising = RaiseAsync(_raising, subscribers, told);
        }

        foreach (var hear in cmdlets) hear(told);
    }

    /// <summary>Has a cmdlet hear what comes until the result is disposed; one that asks several times hears it once.</summary>
    public IDisposable Hear(object who, Action<MasterNoticeEventArgs> hear)
    {
        lock (_lock) _cmdlets[who] = (_cmdlets.GetValueOrDefault(who).Times + 1, hear);
        return new Hearing(this, who);
    }

    /// <summary>Subscribes to the event.</summary>
    public void Subscribe(EventHandler<MasterNoticeEventArgs>? handler)
    {
        lock (_lock) _subscribers += handler;
    }

    /// <summary>Ends a subscription.</summary>
    public void Unsubscribe(EventHandler<MasterNoticeEventArgs>? handler)
    {
        lock (_lock) _subscribers -= handler;
    }

    private async Task RaiseAsync(Task before, EventHandler<MasterNoticeEventArgs> subscribers, MasterNoticeEventArgs told)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.SuppressThrowing);
        subscribers(master, told);
    }

    private void Forget(object who)
    {
        lock (_lock)
        {
            var (times, hear) = _cmdlets[who];
            if (times == 1) _cmdlets.Remove(who);
            else _cmdlets[who] = (times - 1, hear);
        }
    }

    private sealed class Hearing(MasterNotices notices, object who) : IDisposable
    {
        public void Dispose() => notices.Forget(who);
    }
}
