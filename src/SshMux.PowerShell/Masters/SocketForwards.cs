using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Masters;

/// <summary>
/// The forwards that this process has added to masters behind control sockets: one of ssh cannot list them.
/// </summary>
internal static class SocketForwards
{
    private static readonly Lock Gate = new();
    private static readonly List<Forward> Forwards = [];

    /// <summary>Those whose master may still be there.</summary>
    public static IReadOnlyList<Forward> All
    {
        get
        {
            lock (Gate)
            {
                Forwards.RemoveAll(forward => forward.Master.KnownState == MasterState.Ended);
                return [.. Forwards];
            }
        }
    }

    /// <summary>Keeps one; a forward that was asked for twice is one forward.</summary>
    public static void Add(Forward forward)
    {
        lock (Gate)
        {
            Forwards.RemoveAll(other => IsSame(other, forward));
            Forwards.Add(forward);
        }
    }

    public static void Remove(Forward forward)
    {
        lock (Gate) Forwards.RemoveAll(other => IsSame(other, forward));
    }

    private static bool IsSame(Forward one, Forward other) =>
        one.Master.ControlPath == other.Master.ControlPath && one.Spec == other.Spec;
}
