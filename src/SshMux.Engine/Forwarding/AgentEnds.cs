using SshMux.Engine.Channels;

namespace SshMux.Engine.Forwarding;

/// <summary>A connection to an agent as a channel's ends, by the way that the system has to agents.</summary>
internal abstract class AgentEnds
{
    /// <summary>This system's.</summary>
    public static AgentEnds Current { get; } = OperatingSystem.IsWindows() ? new PipeAgentEnds() : new SocketAgentEnds();

    /// <summary>Connects to an agent.</summary>
    /// <param name="path">The socket's path, or the pipe's name.</param>
    /// <param name="prepare">What is to be said to the agent before the channel has it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="System.Net.Sockets.SocketException">Nobody answers there.</exception>
    /// <exception cref="IOException">There is no such pipe, or the agent ends the connection.</exception>
    /// <exception cref="ArgumentException">No socket can have such a path.</exception>
    /// <exception cref="SshException">The system has no descriptor left.</exception>
    public abstract Task<IChannelEnds> ConnectAsync(
        string path, Func<Stream, CancellationToken, Task> prepare, CancellationToken cancellationToken);
}
