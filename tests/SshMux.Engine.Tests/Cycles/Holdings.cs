using SshMux.Engine.Tests.Mux;

namespace SshMux.Engine.Tests.Cycles;

/// <summary>What this process holds: open descriptors, threads, live memory, and what its master counts.</summary>
internal sealed record Holdings(string[] Descriptors, int Threads, long Memory, int Channels, int Sessions)
{
    public static Holdings Of(OurMaster master)
    {
        // Twice: what finalizers let go of is collected by the second.
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        return new Holdings(
            OpenDescriptors(),
            Directory.GetDirectories("/proc/self/task").Length,
            memory,
            master.Master.Connection.ChannelCount,
            master.Master.SessionCount);
    }

    public override string ToString() =>
        $"{Descriptors.Length} descriptors, {Threads} threads, {Memory} bytes, {Channels} channels, {Sessions} sessions";

    /// <summary>Open sockets, pipes, terminals and the like; files are the runtime's own, and come when it wants.</summary>
    private static string[] OpenDescriptors() => [
        .. Directory.GetFileSystemEntries("/proc/self/fd")
            .Select(file => new FileInfo(file).LinkTarget ?? "")
            .Where(target => target.StartsWith("/dev/", StringComparison.Ordinal) || target.Contains(':'))
    ];
}
