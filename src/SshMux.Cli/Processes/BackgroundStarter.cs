using System.Diagnostics;
using System.IO.Pipes;

namespace SshMux.Cli.Processes;

/// <summary>The foreground process's side of -f and ControlPersist.</summary>
internal static class BackgroundStarter
{
    /// <summary>
    /// Starts this program again with the same arguments, and waits until it has logged in and gone to the background.
    /// </summary>
    /// <returns>Null when it is there; else its exit status, and it has said why.</returns>
    public static int? Start(string[] arguments, BackgroundKind kind)
    {
        // The first is never written to; the child sees its end when this process is gone.
        using var toChild = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.Inheritable);
        using var fromChild = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.Inheritable);
        var start = new ProcessStartInfo(Environment.ProcessPath ?? "sshmux");
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            // Started as "dotnet sshmux.dll".
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment[BackgroundProcess.Variable] =
            $"{kind}:{toChild.GetClientHandleAsString()}:{fromChild.GetClientHandleAsString()}:{Environment.ProcessId}";
        using var child = Process.Start(start) ?? throw new InvalidOperationException("no process was started");
        toChild.DisposeLocalCopyOfClientHandle();
        fromChild.DisposeLocalCopyOfClientHandle();
        if (fromChild.ReadByte() == BackgroundProcess.ReadyMark) return null;
        child.WaitForExit();
        return child.ExitCode;
    }
}
