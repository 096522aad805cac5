using System.Diagnostics;
using SshMux.Engine;
using SshMux.Engine.Channels;
using SshMux.Engine.Streams;

namespace SshMux.PowerShell.Masters;

/// <summary>
/// A question for the server, through a master in another process. The protocol has none, so a session asks for a subsystem
/// that no server has: the refusal is an answer, and nothing was run, not even where the login is bound to one command.
/// </summary>
internal static class ServerQuestion
{
    private const string UnknownSubsystem = "ping@sshmux";

    /// <summary>How long the answer takes.</summary>
    /// <param name="run">Starts a session over the master.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">There is no answer.</exception>
    public static async Task<TimeSpan?> MeasureAsync(
        Func<SessionRequest, CancellationToken, Task<RemoteProcess>> run, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var request = new SessionRequest { Command = UnknownSubsystem, Subsystem = true };
        try
        {
            await using var process = await run(request, cancellationToken).ConfigureAwait(false);
            await process.Exit.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SshException e) when (e.Error is SshError.MuxRefused or SshError.RequestRefused)
        {
            // Our own master refuses the session; OpenSSH's opens it and ends it without an exit status.
        }

        return clock.Elapsed;
    }
}
