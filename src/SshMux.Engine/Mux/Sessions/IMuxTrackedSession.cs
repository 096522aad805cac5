using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.Engine.Mux.Sessions;

/// <summary>A session as the table of a master's sessions knows it, whoever runs it. Any thread may call.</summary>
internal interface IMuxTrackedSession
{
    /// <summary>Where it is in its life.</summary>
    MuxSessionState State { get; }

    /// <summary>The size of its terminal; null if it has none, or that is not known.</summary>
    TerminalSize? TerminalSize { get; }

    /// <summary>
    /// Has the server send its program a signal: "INT", "TERM", ... False if the server did not, or there is no program.
    /// </summary>
    /// <exception cref="SshException">Why the connection has ended.</exception>
    Task<bool> SignalAsync(string name);

    /// <summary>Ends it, whatever its program does. Does not wait.</summary>
    /// <param name="reason">What whoever uses it is told.</param>
    void Close(SshException reason);
}
