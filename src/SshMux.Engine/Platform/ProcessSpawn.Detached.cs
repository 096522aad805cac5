namespace SshMux.Engine.Platform;

// A process that outlives this one, and keeps nothing of it open.
internal static unsafe partial class ProcessSpawn
{
    private const short OwnSession = 0x80; // POSIX_SPAWN_SETSID, the same in glibc and musl

    /// <summary>As <see cref="DetachedChild.Start"/>; gives its id.</summary>
    /// <exception cref="SshException">It cannot be started.</exception>
    public static int StartDetached(
        string program,
        IReadOnlyList<string> arguments,
        IReadOnlyList<string> variables,
        DescriptorHandle channel,
        DescriptorHandle error)
    {
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);

        // Clear of the numbers that it gets in the new process.
        using var source = new DescriptorHandle(LibC.Fcntl(channel.Number, LibC.DuplicateCloseOnExec, 10));
        if (source.IsInvalid) throw DescriptorHandle.Failed("cannot duplicate a descriptor");
        var inherited = DescriptorInheritance.Strangers();
        return Start(
            program,
            [program, .. arguments],
            EnvironmentLines(variables),
            SetDefaultSignals | OwnSession,
            actions =>
            {
                Put(actions, nothing, 0);
                Put(actions, nothing, 1);
                Put(actions, error, 2);
                Put(actions, source, DetachedChild.ChannelDescriptor);
                Close(actions, inherited.Where(descriptor => descriptor != DetachedChild.ChannelDescriptor));
            });
    }
}
