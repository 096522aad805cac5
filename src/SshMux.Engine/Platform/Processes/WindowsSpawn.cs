using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Platform.Processes;

/// <summary>
/// CreateProcess: starts a program that inherits its three standard handles and nothing else, and is in a job from its
/// first moment, which <see cref="System.Diagnostics.Process"/> cannot.
/// </summary>
[SupportedOSPlatform("windows")]
internal static unsafe class WindowsSpawn
{
    /// <summary>Starts a program.</summary>
    /// <exception cref="Win32Exception">It cannot be started.</exception>
    public static (SafeProcessHandle Process, int Id) Start(
        string program, string commandLine, string? environment, WindowsChildEnds ends, WindowsJob job, uint flags)
    {
        // A program without a console would get a window of its own.
        if (WindowsProcessCalls.GetConsoleCP() == 0) flags |= WindowsProcessCalls.NoWindow;
        flags |= WindowsProcessCalls.ExtendedStartupInfo | WindowsProcessCalls.UnicodeEnvironment;
        var handles = stackalloc nint[] { ends.Input, ends.Output, ends.Error };
        var jobHandle = job.DangerousGetHandle();
        nuint size = 0;
        _ = WindowsProcessCalls.InitializeProcThreadAttributeList(null, 2, 0, &size);
        var attributes = NativeMemory.Alloc(size);
        try
        {
            Check(WindowsProcessCalls.InitializeProcThreadAttributeList(attributes, 2, 0, &size));
            try
            {
                Check(WindowsProcessCalls.UpdateProcThreadAttribute(
                    attributes, 0, WindowsProcessCalls.HandleList, handles, (nuint)(3 * sizeof(nint)), null, null));
                Check(WindowsProcessCalls.UpdateProcThreadAttribute(
                    attributes, 0, WindowsProcessCalls.JobList, &jobHandle, (nuint)sizeof(nint), null, null));
                var startup = new WindowsProcessCalls.StartupInfo
                {
                    Size = sizeof(WindowsProcessCalls.StartupInfo),
                    Flags = WindowsProcessCalls.UseStandardHandles,
                    Input = ends.Input,
                    Output = ends.Output,
                    Error = ends.Error,
                    Attributes = attributes,
                };
                WindowsProcessCalls.ProcessInformation process;
                fixed (char* name = program)
                fixed (char* line = string.Concat(commandLine, "\0").ToCharArray()) // the call may write there
                fixed (char* block = environment)
                {
                    Check(WindowsProcessCalls.CreateProcess(
                        name, line, null, null, inheritHandles: true, flags, block, null, &startup, &process));
                }

                _ = WindowsProcessCalls.CloseHandle(process.Thread);
                return (new SafeProcessHandle(process.Process, ownsHandle: true), process.ProcessId);
            }
            finally
            {
                WindowsProcessCalls.DeleteProcThreadAttributeList(attributes);
            }
        }
        finally
        {
            NativeMemory.Free(attributes);
            GC.KeepAlive(ends);
            GC.KeepAlive(job);
        }
    }

    /// <summary>This process's environment with one more variable (NAME=value), as CreateProcess takes it.</summary>
    public static string Environment(string variable)
    {
        var name = variable[..(variable.IndexOf('=', StringComparison.Ordinal) + 1)];
        var lines = ProcessEnvironment.All()
            .Select(pair => $"{pair.Key}={pair.Value}")
            .Where(line => !line.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            .Append(variable)
            .Order(StringComparer.OrdinalIgnoreCase);
        return string.Concat(lines.Select(line => line + '\0')) + '\0';
    }

    private static void Check(bool worked)
    {
        if (!worked) throw new Win32Exception(Marshal.GetLastPInvokeError());
    }
}
