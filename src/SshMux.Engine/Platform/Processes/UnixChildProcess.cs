using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Mono.Unix.Native;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Platform.Processes;

/// <summary>
/// A program that this process started with descriptors of its choice as the standard ones, which
/// <see cref="System.Diagnostics.Process"/> cannot. No thread waits for its end.
/// </summary>
[UnsupportedOSPlatform("windows")]
#pragma warning disable CA1001 // What it owns ends with the program.
internal sealed class UnixChildProcess : ChildProcess, IReadinessHandler
#pragma warning restore CA1001
{
    private const int PidFdOpen = 434; // the same on every architecture

    private readonly Lock _lock = new();
    private DescriptorHandle? _watched;
    private ReadinessRegistration? _registration;
    private bool _reaped;

    private UnixChildProcess(int id, ChildInput? input, ChildOutput? output, Socket? channel)
        : base(id, input, output, channel)
    {
    }

    /// <summary>Starts what is described: a command line with SHELL, else /bin/sh.</summary>
    /// <exception cref="SshException">It cannot be started.</exception>
    public static new UnixChildProcess Start(ChildCommand command)
    {
        using var ends = new UnixChildEnds(command);
        var (program, arguments) = (command.Program, command.Arguments);
        if (command.Line is { } line)
        {
            program = ProcessEnvironment.Get("SHELL") is { Length: > 0 } shell ? shell : "/bin/sh";
            arguments = ["-c", command.ReplacesShell ? $"exec {line}" : line];
        }

        var id = ProcessSpawn.Start(
            program, [program, .. arguments], ends.Input, ends.Output, ends.Error, command.Variable);
        var (input, output, channel) = ends.Take();
        return Watch(new UnixChildProcess(id, input, output, channel));
    }

    /// <summary>
    /// Runs a program, found on PATH if its name has no slash, with one more environment variable (NAME=value). What is
    /// null of the two is what this process has; the handles stay the caller's.
    /// </summary>
    /// <exception cref="SshException">It cannot be started.</exception>
    public static UnixChildProcess Start(
        string program,
        IReadOnlyList<string> arguments,
        DescriptorHandle? input,
        DescriptorHandle? output,
        string? variable = null) =>
        Watch(ProcessSpawn.Start(program, [program, .. arguments], input, output, null, variable));

    /// <summary>
    /// Runs a program that has nothing of this process but its environment, with more variables (NAME=value), and the
    /// channel as the descriptor 3: a session of its own, /dev/null for input and output, no other descriptor.
    /// </summary>
    /// <exception cref="SshException">It cannot be started.</exception>
    public static UnixChildProcess StartDetached(
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

    /// <inheritdoc/>
    public override void HangUp() => Signal(Signum.SIGHUP);

    /// <inheritdoc/>
    public override void Terminate() => Signal(Signum.SIGTERM);

    /// <inheritdoc/>
    public override void EndTree()
    {
        try
        {
            using var process = Process.GetProcessById(Id);
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It has ended just now.
        }
    }

    void IReadinessHandler.OnReady(ReadinessDirections directions) => Reap(WaitOptions.WNOHANG);

    void IReadinessHandler.OnFailed(SshException failure)
    {
        // One reaps, for the second would learn that there is no such child.
        lock (_lock) _registration?.Dispose();
        ReapOnThread();
    }

    private static UnixChildProcess Watch(int id) => Watch(new UnixChildProcess(id, null, null, null));

    private static UnixChildProcess Watch(UnixChildProcess child)
    {
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
            try
            {
                _registration = ReadinessLoop.Shared.TryRegister(_watched, this);
            }
            catch (SshException)
            {
                // The program runs: that this user may wait for no more descriptors is not its failure.
                _watched.Dispose();
                ReapOnThread();
                return;
            }

            try
            {
                _registration!.Arm(ReadinessDirections.Readable);
            }
            catch (SshException)
            {
                // OnFailed follows.
            }
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
        SetExited(result < 0 ? default : ChildExit.FromWaitStatus(status));
    }
}
