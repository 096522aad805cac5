using System.Runtime.CompilerServices;

namespace SshMux.Engine.Platform.Readiness;

/// <summary>
/// Awaited on the readiness thread, it goes on there when the thread has done what it is doing; elsewhere, at once. So
/// what was sent while messages are delivered is under way to the server before the rest is done.
/// </summary>
internal readonly struct ReadinessTurn : ICriticalNotifyCompletion
{
    public bool IsCompleted => !ReadinessLoop.IsCurrent;

    public ReadinessTurn GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation) => ReadinessLoop.Post(new Rest(continuation));

    private sealed class Rest(Action continuation) : IThreadPoolWorkItem
    {
        void IThreadPoolWorkItem.Execute() => continuation();
    }
}
