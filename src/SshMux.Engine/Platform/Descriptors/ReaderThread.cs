using Mono.Unix.Native;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>
/// Where readers in this process go on when something has come for them. A thread of .NET's pool that has nothing to do
/// looks out for more for a while before it sleeps, which took more of the processor than to decrypt what it waited for;
/// this one sleeps at once. It takes work only while it sleeps, and the pool takes the rest: so a reader that is slow, or
/// blocks, holds up nobody.
/// </summary>
internal sealed class ReaderThread
{
    private static readonly Lazy<ReaderThread?> SharedInstance =
        new(() => OperatingSystem.IsLinux() ? new ReaderThread() : null);

    private readonly int _wake = LibC.EventFd(0, LibC.CloseOnExec);
    private IThreadPoolWorkItem? _work;
    private bool _sleeps;

    private ReaderThread()
    {
        // Without a descriptor to wait on, the pool takes everything.
        if (_wake < 0) return;
        new Thread(Run) { IsBackground = true, Name = "sshmux reader" }.UnsafeStart();
    }

    /// <summary>Runs <paramref name="work"/> on the thread, or in the pool; does not wait for it.</summary>
    public static void Queue(IThreadPoolWorkItem work)
    {
        if (SharedInstance.Value?.TryTake(work) != true) ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
    }

    private unsafe bool TryTake(IThreadPoolWorkItem work)
    {
        if (!Interlocked.Exchange(ref _sleeps, false)) return false;
        Volatile.Write(ref _work, work);
        ulong one = 1; // any number but 0 wakes the thread
        _ = Syscall.write(_wake, &one, sizeof(ulong));
        return true;
    }

    private unsafe void Run()
    {
        ulong count;
        var context = ExecutionContext.Capture()!; // never suppressed on a thread of our own
        while (true)
        {
            Volatile.Write(ref _sleeps, true);
            while (Syscall.read(_wake, &count, sizeof(ulong)) != sizeof(ulong))
            {
                // A signal came.
            }

            Volatile.Read(ref _work)!.Execute();
            _work = null;

            // What runs next must not find what this reader has set for its own thread.
            ExecutionContext.Restore(context);
            SynchronizationContext.SetSynchronizationContext(null);
        }
    }
}
