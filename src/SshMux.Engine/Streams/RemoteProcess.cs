using SshMux.Engine.Channels;

namespace SshMux.Engine.Streams;

/// <summary>
/// A remote program and its three streams in this process, whichever way it was started: over a connection of our own
/// or through a master's control socket.
/// </summary>
public abstract class RemoteProcess : IAsyncDisposable
{
    /// <summary>What the program reads. Disposing it tells the program that its input has ended.</summary>
    public abstract Stream StandardInput { get; }

    /// <summary>What the program writes; ends when the program has closed it.</summary>
    public abstract Stream StandardOutput { get; }

    /// <summary>What the program writes to its standard error.</summary>
    public abstract Stream StandardError { get; }

    /// <summary>
    /// How the program ended. Completes when its output has arrived too (not: when it has been read); faults with an
    /// <see cref="SshException"/> if the connection or the master ended first.
    /// </summary>
    public abstract Task<CommandExit> Exit { get; }

    /// <summary>
    /// Sends the program and its process group a signal: "INT", "TERM", "KILL", ... (RFC 4254 section 6.9).
    /// </summary>
    /// <returns>
    /// Whether the server took it. False where there is no way to ask for one (a master of OpenSSH), and where the
    /// server does not do it: sshd not for subsystems and forced commands, and before 9.8 not for logins of root.
    /// </returns>
    /// <exception cref="SshException">The connection or the master has ended.</exception>
    public abstract Task<bool> SendSignalAsync(string name, CancellationToken cancellationToken);

    /// <summary>Closes the session, whatever the program is doing; sshd sends it SIGHUP if it had a terminal.</summary>
    public abstract ValueTask DisposeAsync();
}
