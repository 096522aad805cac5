namespace SshMux.Engine;

/// <summary>
/// What kind of thing went wrong, in terms a caller can act on. The names are stable: the cmdlets use them as
/// ErrorIds, and documentation refers to them.
/// </summary>
public enum SshError
{
    /// <summary>The host name does not resolve to an address.</summary>
    HostNotFound,

    /// <summary>The host answered that nothing listens on the port.</summary>
    ConnectionRefused,

    /// <summary>The host, or a step of the login, did not answer in time.</summary>
    ConnectionTimeout,

    /// <summary>The network refused the connection for another reason (no route, permission, ...).</summary>
    ConnectionFailed,

    /// <summary>An established connection ended without a word: reset, or end of stream.</summary>
    ConnectionLost,

    /// <summary>The peer ended the connection with SSH_MSG_DISCONNECT and gave its reason.</summary>
    Disconnected,

    /// <summary>The peer broke the SSH protocol.</summary>
    ProtocolError,

    /// <summary>Client and server have no algorithm in common.</summary>
    NoCommonAlgorithm,

    /// <summary>An algorithm is needed that this machine cannot provide (libcrypto missing, ...).</summary>
    AlgorithmUnavailable,

    /// <summary>The host key is in no known_hosts file and nobody accepted it.</summary>
    HostKeyUnknown,

    /// <summary>known_hosts has another key for this host.</summary>
    HostKeyChanged,

    /// <summary>The host key, or its authority, is marked @revoked or in the RevokedHostKeys.</summary>
    HostKeyRevoked,

    /// <summary>No authentication method succeeded.</summary>
    AuthenticationFailed,

    /// <summary>A private key file cannot be read, parsed or decrypted.</summary>
    KeyUnusable,

    /// <summary>A configuration file, option or value is wrong.</summary>
    ConfigurationInvalid,

    /// <summary>The server refused to open a channel (MaxSessions, forwarding prohibited, connect failed, ...).</summary>
    ChannelOpenRefused,

    /// <summary>The server refused a request on a channel (exec, subsystem, pty, ...).</summary>
    RequestRefused,

    /// <summary>
    /// A command, a variable, a name is longer than a request to the server, or to a master, may be; it was not sent.
    /// </summary>
    RequestTooLong,

    /// <summary>A forward could not be set up (address in use, refused by the server, ...).</summary>
    ForwardFailed,

    /// <summary>There is no control socket at the path.</summary>
    ControlSocketMissing,

    /// <summary>A control socket exists, but no master listens on it any more.</summary>
    ControlSocketStale,

    /// <summary>A living master, or something else, already has the path.</summary>
    ControlSocketInUse,

    /// <summary>The control path is too long or cannot be used as a socket's path.</summary>
    ControlPathInvalid,

    /// <summary>The control socket exists, but this user may not use it.</summary>
    ControlSocketDenied,

    /// <summary>Another user listens on the control socket: nothing is sent there.</summary>
    ControlSocketUntrusted,

    /// <summary>The peer on a control socket broke the multiplexing protocol.</summary>
    MuxProtocolError,

    /// <summary>The master refused a request (MUX_S_FAILURE or MUX_S_PERMISSION_DENIED).</summary>
    MuxRefused,

    /// <summary>The master ended while a request or session was under way.</summary>
    MasterGone,

    /// <summary>This side ended it on purpose (stop, exit, dispose).</summary>
    Stopped,

    /// <summary>The request needs something that is not supported here.</summary>
    NotSupported,

    /// <summary>A file or folder that is to be copied, or the folder to copy it to, does not exist.</summary>
    FileNotFound,

    /// <summary>A file or folder may not be read or written, by this user or without -Force.</summary>
    FileDenied,

    /// <summary>A file or folder could not be copied for another reason (disk full, is a folder, ...).</summary>
    FileFailed,

    /// <summary>
    /// A name that a server sent, or that is to be sent to one, would lead elsewhere or cannot be one.
    /// </summary>
    FileNameRefused,

    /// <summary>The master is locked, and opens nothing new until it is unlocked.</summary>
    MasterLocked,
}
