using System.Net.Sockets;
using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Processes;

/// <summary>
/// A program that this process started with standard streams of its choice. The ends here of its pipes are the caller's,
/// and all else ends with the program. No thread waits for it.
/// </summary>
internal abstract class ChildProcess
{
    private readonly TaskCompletionSource<ChildExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private protected ChildProcess(int id, ChildInput? input, ChildOutput? output, Socket? channel)
    {
        Id = id;
        Input = input;
        Output = output;
        Channel = channel;
    }

    /// <summary>The process id; it is not given to another process before <see cref="Exited"/> has completed.</summary>
    public int Id { get; }

    /// <summary>Completes, never faults, when the program has ended.</summary>
    public Task<ChildExit> Exited => _exited.Task;

    /// <summary>What the program reads, if that is a pipe.</summary>
    public ChildInput? Input { get; }

    /// <summary>What the program writes, if that is a pipe.</summary>
    public ChildOutput? Output { get; }

    /// <summary>The other end of the socket of a program that passes a descriptor.</summary>
    public Socket? Channel { get; }

    /// <summary>Whether a program can pass a descriptor on (<see cref="ChildCommand.PassesDescriptor"/>).</summary>
    [UnsupportedOSPlatformGuard("windows")]
    public static bool CanPassDescriptor => !OperatingSystem.IsWindows();

    /// <summary>Starts what is described, in the way of this system.</summary>
    /// <exception cref="SshException">It cannot be started; nothing of it is left.</exception>
    public static ChildProcess Start(ChildCommand command) =>
        OperatingSystem.IsWindows() ? WindowsChildProcess.Start(command) : UnixChildProcess.Start(command);

    /// <summary>Tells it that nobody needs it any more, as a terminal does that is closed; nothing if it has ended.</summary>
    public abstract void HangUp();

    /// <summary>Asks it to end; does nothing if it has ended.</summary>
    public abstract void Terminate();

    /// <summary>Ends it and all that it has started; does nothing if it has ended.</summary>
    public abstract void EndTree();

    /// <summary>Tells who waits that it has ended.</summary>
    protected void SetExited(ChildExit exit) => _exited.TrySetResult(exit);
}
