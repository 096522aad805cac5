using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Engine.Platform.Processes;

// A process that outlives this one, and keeps nothing of it open.
internal static unsafe partial class ProcessSpawn
{
    /// <summary>The descriptor by which a detached process talks with the one that started it.</summary>
    public const int ChannelDescriptor = 3;

    private const short OwnSession = 0x80; // POSIX_SPAWN_SETSID, the same in glibc and musl

    /// <summary>Starts a program in a session of its own; gives its id.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Without the program's name.</param>
    /// <param name="variables">Added to this process's environment, as NAME=VALUE.</param>
    /// <param name="channel">What it shares with this process: its <see cref="ChannelDescriptor"/>.</param>
    /// <param name="error">Its standard error; the other two are /dev/null.</param>
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
                Put(actions, source, ChannelDescriptor);
                Close(actions, inherited.Where(descriptor => descriptor != ChannelDescriptor));
            });
    }
}
