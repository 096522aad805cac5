using SshMux.Engine.Configuration.Forwards;

namespace SshMux.Engine.Tests.Mux;

/// <summary>A master and a client that asks it for forwards, one of them a program of OpenSSH.</summary>
public interface IForwardPair : IAsyncDisposable
{
    /// <summary>Has the master open a forward; gives the port if one was chosen.</summary>
    /// <exception cref="SshException">The master refuses; the message is the client's.</exception>
    Task<int?> OpenAsync(ForwardSpec spec);

    /// <summary>Has the master close a forward.</summary>
    /// <exception cref="SshException">The master refuses; the message is the client's.</exception>
    Task CloseAsync(ForwardSpec spec);

    /// <summary>Runs ssh -W, or what does the same, and gives what came back for the input.</summary>
    Task<string> ForwardStdioAsync(ForwardEndpoint target, string input);
}
