using SshMux.Cli.Output;
using SshMux.Engine;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Mux.Client;
using SshMux.FrontEnds;

namespace SshMux.Cli.Commands;

/// <summary>
/// Stops this process when the user of its session, which a master obeys, types <c>~^Z</c>, and has the master go on when
/// the shell has continued it.
/// </summary>
/// <param name="session">The session.</param>
/// <param name="escape">The escape character.</param>
internal sealed class ClientSuspension(MuxSession session, char escape)
{
    /// <summary>Does so as often as it is asked for; gives up when the session has ended.</summary>
    public async Task RunAsync()
    {
        while (true)
        {
            await session.Suspended.ConfigureAwait(false);
            Messages.WriteError(EscapeTexts.Suspending(escape));
            await StopSignal.StopAsync().ConfigureAwait(false);
            try
            {
                await session.ResumeAsync().ConfigureAwait(false);
            }
            catch (SshException)
            {
                // The session has ended meanwhile; who waits for that says why.
                return;
            }
        }
    }
}
