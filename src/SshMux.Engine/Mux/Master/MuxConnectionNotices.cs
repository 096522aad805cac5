using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.Engine.Mux.Master;

/// <summary>What a master's clients are told of its connection while that lives.</summary>
internal static class MuxConnectionNotices
{
    /// <summary>Tells it from now on.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="hostName">The host as it is named.</param>
    /// <param name="notices">Who is told.</param>
    public static void Follow(SshConnection connection, string hostName, MuxNotices notices)
    {
        connection.SilenceChanged += isSilent =>
        {
            if (isSilent) notices.Tell(MuxNoticeKind.ConnectionTrouble, $"the server {hostName} does not answer");
            else notices.Tell(MuxNoticeKind.ConnectionRestored, $"the server {hostName} answers again");
        };
        _ = TellHostKeysAsync(connection, hostName, notices);
    }

    private static async Task TellHostKeysAsync(SshConnection connection, string hostName, MuxNotices notices)
    {
        foreach (var change in await connection.HostKeys.Changes.ConfigureAwait(false))
        {
            notices.Tell(MuxNoticeKind.HostKey, $"known_hosts, {hostName}: {change}");
        }
    }
}
