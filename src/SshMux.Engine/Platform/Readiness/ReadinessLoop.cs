using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform.Readiness;

/// <summary>
/// Waits for descriptors, all of them on one thread (epoll). Each descriptor is registered once and armed for one event
/// at a time; nothing is allocated per event.
/// </summary>
internal sealed class ReadinessLoop
{
    private const int MaxEvents = 128;

    // Linux packs struct epoll_event on x86 only, Mono.Unix declares it packed. Elsewhere (ARM) it has 16 bytes, with the
    // data at 8. The declared type serves as a container of the right number of bytes.
    private static readonly int EventSize =
        RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? 12 : 16;

    private static readonly int DataOffset = EventSize - sizeof(ulong);

    private static readonly Lazy<ReadinessLoop> SharedInstance = new(() => new ReadinessLoop());

    [ThreadStatic]
    private static bool _isCurrent;

    private readonly int _epoll;
    private readonly EpollEvent[] _events = new EpollEvent[(MaxEvents * EventSize + 11) / 12];
    private readonly Lock _lock = new();
    private readonly Stack<int> _freeSlots = new();
    private readonly ConcurrentQueue<IThreadPoolWorkItem> _posted = new();

    // Written under the lock, read without it by the thread, which checks the id of what it finds.
    private volatile ReadinessRegistration?[] _slots = new ReadinessRegistration?[16];
    private int _slotsUsed;
    private uint _generation;

    private ReadinessLoop()
    {
        // Mono.Unix has the octal number of EPOLL_CLOEXEC as a decimal one.
        _epoll = Syscall.epoll_create((EpollFlags)LibC.CloseOnExec);
        if (_epoll < 0) throw DescriptorHandle.Failed("cannot create an epoll descriptor");
        new Thread(Run) { IsBackground = true, Name = "sshmux readiness" }.Start();
    }

    /// <summary>The one of this process; its thread starts with the first use.</summary>
    [UnsupportedOSPlatform("windows")]
    public static ReadinessLoop Shared => SharedInstance.Value;

    /// <summary>Whether the caller runs on the thread, which others wait for; never where there is none.</summary>
    public static bool IsCurrent => _isCurrent;

    /// <summary>How many descriptors are registered.</summary>
    internal int Count
    {
        get { lock (_lock) return _slotsUsed - _freeSlots.Count; }
    }

    /// <summary>
    /// Registers a descriptor, which must stay open until the registration is disposed. Null if it is of a kind that is
    /// always ready and cannot be waited for (a regular file, /dev/null, ...).
    /// </summary>
    public ReadinessRegistration? TryRegister(SafeHandle descriptor, IReadinessHandler handler)
    {
        var number = (int)descriptor.DangerousGetHandle();
        ReadinessRegistration registration;
        lock (_lock)
        {
            if (!_freeSlots.TryPop(out var slot))
            {
                slot = _slotsUsed++;
                if (slot == _slots.Length)
                {
                    var larger = new ReadinessRegistration?[2 * slot];
                    _slots.CopyTo(larger, 0);
                    _slots = larger;
                }
            }

            // The generation keeps an event that was already fetched for an earlier user of the slot from the next one.
            var id = ((ulong)++_generation << 32) | (uint)slot;
            registration = new ReadinessRegistration(this, number, id, handler);
            _slots[slot] = registration;
        }

        if (Control(EpollOp.EPOLL_CTL_ADD, number, registration.Id, EpollEvents.EPOLLONESHOT))
        {
            return registration;
        }

        var error = SystemError.Last;
        Remove(registration.Id);
        return error == Errno.EPERM ? null : throw DescriptorHandle.Failed("cannot wait for a descriptor", error);
    }

    /// <summary>
    /// Runs <paramref name="work"/> on the thread, after what is ready now: for what follows from an event and is too much
    /// for its handler. It must not block. From another thread it goes to the thread pool instead.
    /// </summary>
    public static void Post(IThreadPoolWorkItem work)
    {
        if (_isCurrent) SharedInstance.Value._posted.Enqueue(work);
        else ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
    }

    internal bool Control(EpollOp operation, int descriptor, ulong id, EpollEvents events)
    {
        Span<EpollEvent> room = stackalloc EpollEvent[2];
        var bytes = MemoryMarshal.AsBytes(room);
        MemoryMarshal.Write(bytes, (uint)events);
        MemoryMarshal.Write(bytes[DataOffset..], id);
        return Syscall.epoll_ctl(_epoll, operation, descriptor, ref room[0]) == 0;
    }

    internal void Remove(ulong id)
    {
        lock (_lock)
        {
            var slot = (int)(uint)id;
            _slots[slot] = null;
            _freeSlots.Push(slot);
        }
    }

    private void Run()
    {
        _isCurrent = true;
        while (true)
        {
            var count = Syscall.epoll_wait(_epoll, _events, MaxEvents, _posted.IsEmpty ? -1 : 0);
            if (count < 0)
            {
                var error = SystemError.Last;
                if (error == Errno.EINTR) continue;
                throw DescriptorHandle.Failed("cannot wait for descriptors", error);
            }

            var bytes = MemoryMarshal.AsBytes(_events.AsSpan());
            for (var i = 0; i < count; i++)
            {
                var entry = bytes[(i * EventSize)..];
                var events = (EpollEvents)MemoryMarshal.Read<uint>(entry);
                var id = MemoryMarshal.Read<ulong>(entry[DataOffset..]);
                var registration = _slots[(uint)id];
                if (registration?.Id == id) Tell(registration, events);
            }

            // Only what is there now: what that posts waits for its turn.
            for (var posted = _posted.Count; posted > 0 && _posted.TryDequeue(out var work); posted--) Execute(work);
        }
    }

    /// <summary>Whatever goes wrong with one descriptor ends its registration, and not the process.</summary>
    private static void Tell(ReadinessRegistration registration, EpollEvents events)
    {
        try
        {
            registration.OnEvents(events);
        }
        catch (Exception e)
        {
            registration.Fail(e);
        }
    }

    private static void Execute(IThreadPoolWorkItem work)
    {
        try
        {
            work.Execute();
        }
        catch (Exception e)
        {
            // Who posts work that somebody waits for has it end that wait; this is for what nobody thought of.
            Trace.TraceError($"sshmux: work on the readiness thread failed: {e}");
        }
    }
}
