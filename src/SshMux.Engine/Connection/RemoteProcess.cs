namespace SshMux.Engine.Connection;

/// <summary>
/// A remote program and its three streams in this process, whichever way it was started: over a connection of our own
/// or through a master's control socket.
/// </summary>
public abstract class RemoteProcess : IAsyncDisposable
{
    private const int ReceiveLength = 256 * 1024;

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

    /// <summary>
    /// Hands over what the program writes, in place of <see cref="StandardOutput"/>, in pieces as they come; returns at
    /// its end. One call at a time, from any thread.
    /// </summary>
    /// <exception cref="IOException">As reading does.</exception>
    internal virtual Task ReceiveOutputAsync(BytesReceiver receiver, CancellationToken cancellationToken) =>
        ReceiveAsync(StandardOutput, receiver, cancellationToken);

    /// <summary>As above, of any stream.</summary>
    internal static async Task ReceiveAsync(Stream stream, BytesReceiver receiver, CancellationToken cancellationToken)
    {
        // Of its own, not pooled: a read that was given up may still be writing into it.
        var buffer = GC.AllocateUninitializedArray<byte>(ReceiveLength);
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            receiver(buffer.AsSpan(0, count));
        }
    }

    /// <summary>Closes the session, whatever the program is doing; sshd sends it SIGHUP if it had a terminal.</summary>
    public abstract ValueTask DisposeAsync();
}
