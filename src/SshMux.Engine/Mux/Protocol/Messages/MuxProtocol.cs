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

    /// <summary>The extension that lets a client ask with MUX_C_EXT_INFO (OpenSSH 10.3).</summary>
    public const string InfoExtension = "info";

    /// <summary>
    /// Extension of our hello: in proxy mode the master answers global requests, in order, and passes on all that a
    /// client may ask for. Its value is the version, "1".
    /// </summary>
    public const string ProxyExtension = "proxy@sshmux";

    /// <summary>
    /// Extension of our hello: MUX_C_EXT_INFO also answers to this name, with the login that the master shares: lines
    /// of a word (host, user, port, opened), a space and a value. Its value is the version, "1".
    /// </summary>
    public const string LoginExtension = "login@sshmux";

    /// <summary>
    /// Extension of our hello: the client of a session can have a signal sent to its program (<see cref="MuxSignal"/>).
    /// Its value is the version, "1".
    /// </summary>
    public const string SignalExtension = "signal@sshmux";

    /// <summary>Whether a port field is a TCP port or says that its host is a unix socket's path.</summary>
    public static bool IsPort(uint port) => port <= ushort.MaxValue || port == StreamLocalPort;
}
