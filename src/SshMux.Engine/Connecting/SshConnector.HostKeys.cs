using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Transport.Algorithms;

namespace SshMux.Engine.Connecting;

// What is done about the server's host keys before the key exchange and after the login.
public static partial class SshConnector
{
    /// <summary>OpenSSH's server names its keys as soon as the login is done.</summary>
    private static readonly TimeSpan AnnouncementLimit = TimeSpan.FromSeconds(1);

    /// <summary>What known_hosts has goes first, unless the user has set an order.</summary>
    private static async ValueTask<IReadOnlyList<string>> HostKeyAlgorithmsAsync(
        HostConfiguration configuration, HostKeyVerifier verifier, CancellationToken ct)
    {
        var allowed = AlgorithmList.Resolve(
            "HostKeyAlgorithms", configuration.HostKeyAlgorithms, SshAlgorithms.HostKey);
        verifier.Algorithms = allowed;
        return AlgorithmList.IsInDefaultOrder(allowed, SshAlgorithms.HostKey)
            ? await verifier.OrderAsync(allowed, ct).ConfigureAwait(false)
            : allowed;
    }

    /// <summary>
    /// UpdateHostKeys=ask: the question comes before any session has the terminal. All else is done beside the
    /// sessions.
    /// </summary>
    private static async Task AskAboutHostKeysAsync(SshConnection connection, CancellationToken ct)
    {
        if (connection.HostKeyUpdate is not { Asks: true }) return;
        try
        {
            await connection.UpdateHostKeysAsync(AnnouncementLimit, ct).ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
