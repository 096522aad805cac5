using System.Runtime.Versioning;
using Mono.Unix.Native;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>
/// For descriptors whose calls may block (files, and descriptions that are shared and cannot be opened anew): the call
/// is made on the thread pool, and what it leaves is what the end reads from or writes to. What can be waited for is
/// only called once it is ready, so a thread is held at most when another process snatches the data or the room away.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class PooledDescriptorWait(DescriptorEnd end, ReadinessDirections direction, PooledCall call)
    : DescriptorWait(end, direction, canWait: true)
{
    private bool _busy;

    public override bool IsBusy => _busy;

    public override void Begin()
    {
        _busy = true;
        Continue();
    }

    public override void Dispose()
    {
        base.Dispose();
        if (!_busy) call.ReturnBuffer();
    }

    public override void OnReady(ReadinessDirections directions) => Queue();

    public override void Execute()
    {
        var held = false;
        lock (End.Gate)
        {
            if (End.IsDisposed)
            {
                call.ReturnBuffer();
                return;
            }

            if (call.IsNeeded && End.Failure == 0)
            {
                End.Handle.DangerousAddRef(ref held);
                call.RentBuffer();
            }
        }

        Errno error = default;
        var count = held ? call.Make(End.Handle.Number, mayWait: Registration is not null, out error) : 0;
        Action? callback;
        lock (End.Gate)
        {
            if (held)
            {
                End.Handle.DangerousRelease();
                if (error != 0) End.Failure = error;
                call.Complete(count);
            }

            if (End.IsDisposed)
            {
                call.ReturnBuffer();
                return;
            }

            // What could not be done is given up with a failure; else there may be more to do, or nothing came after all
            // (the description happens to be non-blocking).
            if (End.Failure != 0)
            {
                call.GiveUp();
            }
            else if (call.IsNeeded)
            {
                Continue();
                return;
            }

            _busy = false;
            callback = TakeCallback();
        }

        callback?.Invoke();
    }

    protected override void Start()
    {
        _busy = true;
        if (call.IsNeeded) Continue();
        else Queue();
    }

    private void Continue()
    {
        if (Registration is not null)
        {
            try
            {
                Registration.Arm(Direction);
                return;
            }
            catch (SshException)
            {
                End.Failure = Errno.EIO;
            }
        }

        Queue();
    }

    private void Queue() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
}
