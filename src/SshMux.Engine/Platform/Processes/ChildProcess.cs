using Mono.Unix.Native;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Platform.Processes;

/// <summary>
/// A program that this process started with descriptors of its choice as the standard ones, which
/// <see cref="System.Diagnostics.Process"/> cannot. No thread waits for its end.
/// </summary>
#pragma warning disable CA1001 // What it owns ends with the program.
internal sealed class ChildProcess : IReadinessHandler
#pragma warning restore CA1001
{
    private const int PidFdOpen = 434; // the same on every architecture

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<ChildExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DescriptorHandle? _watched;
    private ReadinessRegistration? _registration;
    private bool _reaped;

    private ChildProcess(int id) => Id = id;

    /// <summary>The process id; it is not given to another process before <see cref="Exited"/> has completed.</summary>
    public int Id { get; }

    /// <summary>Completes, never faults, when the program has ended.</summary>
    public Task<ChildExit> Exited => _exited.Task;

    /// <summary>
    /// Runs a command line with the user's shell (SHELL, else /bin/sh). What is null of the three is what this process
    /// has; the handles stay the caller's.
    /// </summary>
    /// <exception cref="SshException">The shell cannot be started.</exception>
    public static ChildProcess StartShell(
        string command, DescriptorHandle? input, DescriptorHandle? output, DescriptorHandle? error)
    {
        var shell = ProcessEnvironment.Get("SHELL");
        if (string.IsNullOrEmpty(shell)) shell = "/bin/sh";
        return Watch(ProcessSpawn.Start(shell, [shell, "-c", command], input, output, error));
    }

    /// <summary>
    /// Runs a program, found on PATH if its name has no slash, with one more environment variable (NAME=value) and its
    /// output into a pipe or file.
    /// </summary>
    /// <exception cref="SshException">It cannot be started.</exception>
    public static ChildProcess Start(
        string program, IReadOnlyList<string> arguments, DescriptorHandle output, string? variable) =>
        Watch(ProcessSpawn.Start(program, [program, .. arguments], null, output, null, variable));

    /// <summary>Runs a program with another input than this process's; error messages go where ours go.</summary>
    /// <exception cref="SshException">It cannot be started.</exception>
    public static ChildProcess Start(
        string program, IReadOnlyList<string> arguments, DescriptorHandle input, DescriptorHandle output) =>
        Watch(ProcessSpawn.Start(program, [program, .. arguments], input, output, null));

    /// <summary>
    /// Runs a program that has nothing of this process but its environment, with more variables (NAME=value), and the
    /// channel as the descriptor 3: a session of its own, /dev/null for input and output, no other descriptor.
    /// </summary>
    /// <exception cref="SshException">It cannot be started.</exception>
    public static ChildProcess StartDetached(
        string program,
        IReadOnlyList<string> arguments,
        IReadOnlyList<string> variables,
        DescriptorHandle channel,
        DescriptorHandle error) =>
        Watch(ProcessSpawn.StartDetached(program, arguments, variables, channel, error));

    /// <summary>Sends a signal, unless the program has ended.</summary>
    public void Signal(Signum signal)
    {
        lock (_lock)
        {
            if (!_reaped) _ = Syscall.kill(Id, signal);
        }
    }

    void IReadinessHandler.OnReady(ReadinessDirections directions) => Reap(WaitOptions.WNOHANG);

    void IReadinessHandler.OnFailed(SshException failure) => ReapOnThread();

    private static ChildProcess Watch(int id)
    {
        var child = new ChildProcess(id);
        child.Watch();
        return child;
    }

    private void Watch()
    {
        var descriptor = (int)LibC.SystemCall(PidFdOpen, Id, 0);
        if (descriptor < 0)
        {
            // A kernel before 5.3, or a sandbox that forbids it: then it does cost a thread.
            ReapOnThread();
            return;
        }

        lock (_lock)
        {
            _watched = new DescriptorHandle(descriptor);
            _registration = ReadinessLoop.Shared.TryRegister(_watched, this);
            _registration!.Arm(ReadinessDirections.Readable);
        }
    }

    private void ReapOnThread() =>
        new Thread(() => Reap(0)) { IsBackground = true, Name = "sshmux child" }.Start();

    private void Reap(WaitOptions options)
    {
        // Waits outside of the lock, where it waits at all; a process that has not been waited for keeps its id.
        int result, status;
        do
        {
            result = Syscall.waitpid(Id, out status, options);
        }
        while (result < 0 && SystemError.Last == Errno.EINTR);

        if (result == 0) return;
        lock (_lock)
        {
            _reaped = true;
            _registration?.Dispose();
            _watched?.Dispose();
        }

        // An error: whoever started this process has it ignore its children, and then the system keeps no status.
        _exited.TrySetResult(result < 0 ? default : ChildExit.FromWaitStatus(status));
    }
}
