namespace SshMux.Engine.Platform.Agents;

/// <summary>
/// Where an authentication agent is met: a Unix socket, on Windows a named pipe. One of them is the system's.
/// </summary>
internal abstract class AgentSockets
{
    /// <summary>This system's.</summary>
    public static AgentSockets Current { get; } =
        OperatingSystem.IsWindows() ? new WindowsAgentPipes() : new UnixAgentSockets();

    /// <summary>Why <see cref="Usual"/> gives none, for the user.</summary>
    public abstract string WhyNone { get; }

    /// <summary>The agent that a user has who has configured none; null if there is none.</summary>
    /// <param name="variable">The value of SSH_AUTH_SOCK; null if it is not set.</param>
    public abstract string? Usual(string? variable);

    /// <summary>Whether an agent may be there; nobody is connected to.</summary>
    public abstract bool Exists(string path);

    /// <summary>Connects to the agent.</summary>
    /// <param name="path">The socket's path, or the pipe's name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What the agent is asked and answers over.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">Nobody answers there.</exception>
    /// <exception cref="IOException">There is no such pipe, or it is none that may be trusted.</exception>
    /// <exception cref="ArgumentException">No socket can have such a path.</exception>
    public abstract Task<Stream> ConnectAsync(string path, CancellationToken cancellationToken);
}
