using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace SshMux.Cli;

/// <summary>A TCP port on a command line.</summary>
internal static partial class PortNumber
{
    /// <summary>Reads a number from 1 to 65535, or the name of a service that the system knows ("ssh").</summary>
    public static bool TryParse(string text, out int port)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port))
        {
            return port is >= 1 and <= 65535;
        }

        port = text.Length > 0 && char.IsAsciiLetter(text[0]) ? ServicePort(text) : 0;
        return port > 0;
    }

    private static unsafe int ServicePort(string name)
    {
        var service = GetServByName(name, "tcp");
        if (service is not null) return BinaryPrimitives.ReverseEndianness((ushort)service->Port);

        // A small container has no /etc/services.
        return name == "ssh" ? 22 : 0;
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
