namespace SshMux.Engine.Mux.Protocol;

/// <summary>The numbers and limits of the multiplexing protocol (PROTOCOL.mux, version 4).</summary>
internal static class MuxProtocol
{
    /// <summary>The one version there is; a peer with another one is refused.</summary>
    public const uint Version = 4;

    /// <summary>
    /// The longest packet, in bytes after its length field; OpenSSH drops a peer that sends a longer one.
    /// </summary>
    public const int MaxPacketLength = 256 * 1024;

    /// <summary>How many environment strings a session request may carry.</summary>
    public const int MaxEnvironmentStrings = 4096;

    /// <summary>"No escape character" in MUX_C_NEW_SESSION.</summary>
    public const uint NoEscapeCharacter = 0xffffffff;

    /// <summary>The extension that lets a client ask with MUX_C_EXT_INFO (OpenSSH 10.3).</summary>
    public const string InfoExtension = "info";

    /// <summary>MUX_S_EXT_INFO's status where the text is the answer; otherwise it is why there is none.</summary>
    public const uint InfoOk = 1;

    /// <summary>As a port: the host that goes with it is a unix socket's path.</summary>
    public const uint StreamLocalPort = 0xfffffffe;

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
    /// Extension of our hello: the client of a session can have a signal sent to its program (<see cref="Signal"/>).
    /// Its value is the version, "1".
    /// </summary>
    public const string SignalExtension = "signal@sshmux";

    // Hello, both ways.
    public const uint Hello = 0x00000001;

    // Client to master.
    public const uint NewSession = 0x10000002;
    public const uint AliveCheck = 0x10000004;
    public const uint Terminate = 0x10000005;
    public const uint OpenForward = 0x10000006;
    public const uint CloseForward = 0x10000007;
    public const uint NewStdioForward = 0x10000008;
    public const uint StopListening = 0x10000009;
    public const uint Proxy = 0x1000000f;
    public const uint ExtInfo = 0x20000001;

    // Client to master, an extension of ours; the number is far from those of OpenSSH.
    public const uint Signal = 0x53000001;

    // Master to client.
    public const uint Ok = 0x80000001;
    public const uint PermissionDenied = 0x80000002;
    public const uint Failure = 0x80000003;
    public const uint ExitMessage = 0x80000004;
    public const uint Alive = 0x80000005;
    public const uint SessionOpened = 0x80000006;
    public const uint RemotePort = 0x80000007;
    public const uint TtyAllocationFailed = 0x80000008;
    public const uint ProxyReply = 0x8000000f;
    public const uint ExtInfoReply = 0x90000001;

    /// <summary>Whether a port field is a TCP port or says that its host is a unix socket's path.</summary>
    public static bool IsPort(uint port) => port <= ushort.MaxValue || port == StreamLocalPort;
}
