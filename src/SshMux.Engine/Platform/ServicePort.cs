using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SshMux.Engine.Platform;

/// <summary>The TCP ports of named services (<c>http</c>), as the system knows them.</summary>
public static partial class ServicePort
{
    private static readonly Lock Gate = new();

    /// <summary>The port of a service; null if the system has no such service.</summary>
    public static unsafe int? Find(string name)
    {
        if (name.Length == 0 || !char.IsAsciiLetter(name[0])) return null;
        if (!OperatingSystem.IsWindows())
        {
            // What it gives lies in a place that the next call overwrites.
            lock (Gate)
            {
                var service = GetServByName(name, "tcp");
                if (service is not null) return BinaryPrimitives.ReverseEndianness((ushort)service->Port);
            }
        }

        // A small container has no /etc/services.
        return name == "ssh" ? 22 : null;
    }

    [LibraryImport("libc", EntryPoint = "getservbyname", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial ServiceEntry* GetServByName(string name, string protocol);

    /// <summary><c>struct servent</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ServiceEntry
    {
        public nint Name;
        public nint Aliases;

        // In network byte order.
        public int Port;
        public nint Protocol;
    }
}
