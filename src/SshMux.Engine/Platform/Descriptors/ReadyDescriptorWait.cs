using System.Runtime.Versioning;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>
/// For descriptors whose calls never block (sockets, descriptions of our own, some devices): calls back on the readiness
/// thread.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class ReadyDescriptorWait(DescriptorEnd end, ReadinessDirections direction, bool canWait)
    : DescriptorWait(end, direction, canWait)
{
    public override void OnReady(ReadinessDirections directions) => Execute();

    public override void Execute()
    {
        Action? callback;
        lock (End.Gate) callback = TakeCallback();
        callback?.Invoke();
    }

    protected override void Start()
    {
        if (Registration is null) ReadinessLoop.Post(this);
        else Registration.Arm(Direction);
    }
}
