using System.ComponentModel;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Platform.Processes;

/// <summary>
/// A program in a job of its own. There are no signals: where one would ask it to end, it is ended with all that it has
/// started, as it is when this process ends. What it has left behind when it ends by itself lives on.
/// </summary>
[SupportedOSPlatform("windows")]
#pragma warning disable CA1001 // What it owns ends with the program.
internal sealed class WindowsChildProcess : ChildProcess
#pragma warning restore CA1001
{
    private const int NotFound = 2; // ERROR_FILE_NOT_FOUND
    private const int PathNotFound = 3;
    private const int AccessDenied = 5;
    private const int NoProgram = 193; // ERROR_BAD_EXE_FORMAT

    private readonly Lock _lock = new();
    private readonly SafeProcessHandle _process;
    private readonly WindowsJob _job;
    private bool _ended;

    private WindowsChildProcess(
        int id, SafeProcessHandle process, WindowsJob job, ChildInput? input, ChildOutput? output)
        : base(id, input, output, channel: null)
    {
        _process = process;
        _job = job;
    }

    /// <summary>Starts what is described: a command line with cmd.exe.</summary>
    /// <exception cref="SshException">It cannot be started.</exception>
    public static new WindowsChildProcess Start(ChildCommand command)
    {
        try
        {
            var (program, line) = command.Line is { } shellLine
                ? WindowsCommandLine.ForShell(shellLine)
                : WindowsCommandLine.For(command.Program, command.Arguments, command.IsQuestion);
            var environment = command.Variable is { } variable ? WindowsSpawn.Environment(variable) : null;
            var flags = command.OutlivesInterrupt ? WindowsProcessCalls.NewProcessGroup : 0;
            return Start(command, program, line, environment, flags);
        }
        catch (Exception e) when (e is Win32Exception or IOException or UnauthorizedAccessException or TimeoutException)
        {
            var what = command.Line is null ? command.Program : WindowsCommandLine.Shell;
            throw new SshException(SshError.NotSupported, $"cannot run '{what}': {Describe(e)}", e);
        }
    }

    /// <inheritdoc/>
    public override void HangUp() => EndTree();

    /// <inheritdoc/>
    public override void Terminate() => EndTree();

    /// <inheritdoc/>
    public override void EndTree()
    {
        lock (_lock)
        {
            if (!_ended) _job.End();
        }
    }

    private static WindowsChildProcess Start(
        ChildCommand command, string program, string line, string? environment, uint flags)
    {
        var job = new WindowsJob();
        try
        {
            using var ends = new WindowsChildEnds(command);
            var (process, id) = WindowsSpawn.Start(program, line, environment, ends, job, flags);
            var (input, output) = ends.Take();
            var child = new WindowsChildProcess(id, process, job, input, output);
            child.Watch();
            return child;
        }
        catch
        {
            job.Dispose();
            throw;
        }
    }

    /// <summary>In the words that users know from other systems.</summary>
    private static string Describe(Exception reason) => reason switch
    {
        FileNotFoundException or Win32Exception { NativeErrorCode: NotFound or PathNotFound } => "No such file or directory",
        Win32Exception { NativeErrorCode: AccessDenied } => "Permission denied",
        Win32Exception { NativeErrorCode: NoProgram } => "Exec format error",
        _ => reason.Message.TrimEnd('.'),
    };

    /// <summary>Many share one thread that waits.</summary>
    private void Watch()
    {
        // The handle stays this object's.
        var wait = new ManualResetEvent(initialState: false);
        wait.SafeWaitHandle.Dispose();
        wait.SafeWaitHandle = new SafeWaitHandle(_process.DangerousGetHandle(), ownsHandle: false);
        _ = ThreadPool.RegisterWaitForSingleObject(
            wait, (_, _) => OnEnded(wait), null, Timeout.Infinite, executeOnlyOnce: true);
    }

    private void OnEnded(ManualResetEvent wait)
    {
        var status = WindowsProcessCalls.GetExitCodeProcess(_process, out var code) ? code : (int?)null;
        lock (_lock)
        {
            _ended = true;
            _job.Release();
        }

        wait.Dispose();
        _process.Dispose();
        SetExited(new ChildExit(status, null));
    }
}
