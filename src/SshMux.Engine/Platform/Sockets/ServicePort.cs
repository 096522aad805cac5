using System.Buffers.Binary;

namespace SshMux.Engine.Platform.Sockets;

/// <summary>The TCP ports of named services (<c>http</c>), as the system knows them.</summary>
internal static class ServicePort
{
    private static readonly Lock Gate = new();

    /// <summary>The port of a service; null if the system has no such service.</summary>
    public static unsafe int? Find(string name)
    {
        if (name.Length == 0 || !char.IsAsciiLetter(name[0])) return null;
        if (!OperatingSystem.IsWindows())
        {
            lock (Gate)
            {
                var service = LibC.GetServByName(name, "tcp");
                if (service is not null) return BinaryPrimitives.ReverseEndianness((ushort)service->Port);
            }
        }

        // A small container has no /etc/services.
        return name == "ssh" ? 22 : null;
    }
}
