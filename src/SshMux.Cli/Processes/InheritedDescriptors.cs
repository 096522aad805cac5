using System.Globalization;
using System.Runtime.CompilerServices;
using Mono.Unix.Native;
using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Cli.Processes;

/// <summary>
/// The descriptors beyond the standard ones that this process was started with. As ssh(1), it closes them (closefrom(3)):
/// a lock, a pipe or a listening socket of the calling script must not live as long as a master does.
/// </summary>
internal static class InheritedDescriptors
{
    private static readonly string[] Folders = ["/dev/fd/", "/proc/self/fd/"];

    /// <summary>Closes all but those that an argument names, as a shell's <c>&lt;(command)</c> does.</summary>
    public static void Close(string[] arguments)
    {
        foreach (var descriptor in DescriptorInheritance.Strangers())
        {
            if (Array.Exists(arguments, argument => Names(argument, descriptor))) continue;

            // A runtime that compiles as it goes may have opened some of them, and not told the system that they are
            // its own.
            if (RuntimeFeature.IsDynamicCodeSupported) DescriptorInheritance.Forbid(descriptor);
            else _ = Syscall.close(descriptor);
        }
    }

    private static bool Names(string argument, int descriptor)
    {
        var number = descriptor.ToString(CultureInfo.InvariantCulture);
        foreach (var folder in Folders)
        {
            var name = folder + number;
            var start = argument.IndexOf(name, StringComparison.Ordinal);
            var end = start + name.Length;
            if (start >= 0 && (end == argument.Length || !char.IsAsciiDigit(argument[end]))) return true;
        }

        return false;
    }
}
