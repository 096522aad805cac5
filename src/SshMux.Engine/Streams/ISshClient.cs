using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;

namespace SshMux.Engine.Streams;

/// <summary>
/// What can be done over a login, whoever holds it: a connection of this process, or a master (OpenSSH's or ours) in
/// another. All of it at once and from any thread. Disposing ends what this process holds of it.
/// </summary>
public interface ISshClient : IAsyncDisposable
{
    /// <summary>Whom it leads to, in errors: a host's name, or the path of a control socket.</summary>
    string Name { get; }

    /// <summary>
    /// Runs a command, shell or subsystem with its streams in this process (a session, RFC 4254 section 6).
    /// </summary>
    /// <param name="request">What to run, and with what.</param>
    /// <param name="cancellationToken">Gives up; what was opened meanwhile is closed.</param>
    /// <exception cref="SshException">
    /// The server or the master refuses the session or the program (<see cref="SshError.ChannelOpenRefused"/>,
    /// <see cref="SshError.RequestRefused"/>, <see cref="SshError.MuxRefused"/>), or why the connection ended.
    /// </exception>
    Task<RemoteProcess> StartAsync(SessionRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Has the server connect to a TCP port, and gives the connection as a stream (direct-tcpip, RFC 4254 section 7.2;
    /// ssh -W).
    /// </summary>
    /// <param name="host">The host as the server knows it.</param>
    /// <param name="port">Its TCP port.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">
    /// The server or the master refuses (<see cref="SshError.ChannelOpenRefused"/>, <see cref="SshError.MuxRefused"/>),
    /// or why the connection ended.
    /// </exception>
    Task<DuplexStream> OpenStreamAsync(string host, int port, CancellationToken cancellationToken = default);

    /// <summary>
    /// Has the server connect to a unix socket there, and gives the connection as a stream
    /// (direct-streamlocal@openssh.com).
    /// </summary>
    /// <param name="path">The socket's path on the server.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">
    /// The server or the master refuses (<see cref="SshError.ChannelOpenRefused"/>, <see cref="SshError.MuxRefused"/>),
    /// or why the connection ended.
    /// </exception>
    Task<DuplexStream> OpenStreamAsync(string path, CancellationToken cancellationToken = default);

    /// <summary>
    /// Opens a forward, which lives until it is closed or the login ends. One that is open already is left as it is.
    /// </summary>
    /// <param name="spec">What to forward: <see cref="ForwardSpec.ParseLocal"/>,
    /// <see cref="ForwardSpec.ParseRemote"/>, <see cref="ForwardSpec.ParseDynamic"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The port that was chosen, if port 0 was asked for; else null.</returns>
    /// <exception cref="SshException">
    /// It cannot listen, or the server or the master refuses (<see cref="SshError.ForwardFailed"/>,
    /// <see cref="SshError.MuxRefused"/>), or why the connection ended.
    /// </exception>
    Task<int?> OpenForwardAsync(ForwardSpec spec, CancellationToken cancellationToken = default);

    /// <summary>Closes a forward, named as it was opened; connections that it has made go on.</summary>
    /// <param name="spec">What was opened.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">
    /// There is no such forward (<see cref="SshError.ForwardFailed"/>, <see cref="SshError.MuxRefused"/>), or why the
    /// connection ended.
    /// </exception>
    Task CloseForwardAsync(ForwardSpec spec, CancellationToken cancellationToken = default);
}
