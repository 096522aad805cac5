using System.Runtime.InteropServices;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.FrontEnds;

namespace SshMux.Cli.Processes;

/// <summary>
/// The standard descriptors of this process. A program may be started with some of them closed; what the runtime opens
/// first then gets their numbers, and would be read, written and passed on in their place.
/// </summary>
internal static partial class StandardDescriptors
{
    private const string Nothing = "/dev/null";

    /// <summary>
    /// Makes sure that all three are what this program was started with, or /dev/null. If one is not, the program
    /// begins anew in this process, because the runtime cannot be told to let go of it.
    /// </summary>
    public static void EnsureOpen()
    {
        if (IsInherited(0) && IsInherited(1) && IsInherited(2)) return;
        var nothing = DescriptorHandle.Open(Nothing, FileAccess.ReadWrite);
        for (var standard = 0; standard <= 2; standard++)
        {
            if (IsInherited(standard)) continue;
            DetachedProcess.Redirect(nothing, standard);
            _ = DescriptorInheritance.Allow(standard);
        }

        StartAnew();
        GC.KeepAlive(nothing);
    }

    /// <summary>
    /// What has come through the start of a program cannot be close-on-exec; all that the runtime opens is.
    /// </summary>
    private static bool IsInherited(int descriptor) => DescriptorInheritance.IsAllowed(descriptor);

    private static unsafe void StartAnew()
    {
        var line = File.ReadAllBytes("/proc/self/cmdline");
        var arguments = new nint[line.AsSpan().Count((byte)0) + 1];
        fixed (byte* start = line)
        fixed (nint* list = arguments)
        {
            var index = 0;
            for (var at = 0; at < line.Length; at += line.AsSpan(at).IndexOf((byte)0) + 1)
            {
                arguments[index++] = (nint)(start + at);
            }

            // Does not return. If it fails after all, the descriptors are at least no longer the runtime's.
            _ = Execute("/proc/self/exe", list);
        }
    }

    /// <summary>execv(3). That of Mono.Unix takes text, and the arguments may be any bytes.</summary>
    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Execute(string path, nint* arguments);
}
