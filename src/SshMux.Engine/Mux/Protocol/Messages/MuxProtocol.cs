namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>
/// The limits and names of the multiplexing protocol (PROTOCOL.mux, version 4) that are not one message's.
/// </summary>
internal static class MuxProtocol
{
    /// <summary>The one version there is; a peer with another one is refused.</summary>
    public const uint Version = 4;

    /// <summary>
    /// The longest packet, in bytes after its length field; OpenSSH drops a peer that sends a longer one.
    /// </summary>
    public const int MaxPacketLength = 256 * 1024;

    /// <summary>As a port: the host that goes with it is a unix socket's path.</summary>
    public const uint StreamLocalPort = 0xfffffffe;

    /// <summary>Whether a port field is a TCP port or says that its host is a unix socket's path.</summary>
    public static bool IsPort(uint port) => port <= ushort.MaxValue || port == StreamLocalPort;
}
