using System.Buffers.Binary;
using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Sockets;

/// <summary>Services by getservbyname(3).</summary>
[UnsupportedOSPlatform("windows")]
internal static class UnixServices
{
    private static readonly Lock Gate = new();

    /// <summary>The TCP port of a service; null: there is none.</summary>
    public static unsafe int? FindPort(string name)
    {
        lock (Gate)
        {
            var service = LibC.GetServByName(name, "tcp");
            return service is null ? null : BinaryPrimitives.ReverseEndianness((ushort)service->Port);
        }
    }
}
