using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>
/// Where a host's keys are looked up: the known_hosts files of the user and of the system, and KnownHostsCommand.
/// </summary>
internal sealed class HostKeyLookup(HostConfiguration configuration, KnownHostName host)
{
    private const string CommandPrefix = "KnownHostsCommand-";

    /// <summary>The places, as people are told them.</summary>
    public IEnumerable<string> Places
    {
        get
        {
            var files = configuration.UserKnownHostsFiles.Concat(configuration.GlobalKnownHostsFiles);
            return configuration.KnownHostsCommand is { } command ? files.Append($"what '{command}' prints") : files;
        }
    }

    /// <summary>Looks up what is known.</summary>
    /// <param name="invocation">Why: "ORDER" or "HOSTNAME", as KnownHostsCommand is told it.</param>
    /// <param name="shown">The host's key; null when it is not known yet.</param>
    /// <param name="cancellationToken">Gives up, and ends the command.</param>
    /// <exception cref="SshException">The KnownHostsCommand fails.</exception>
    public async ValueTask<KnownHosts> LoadAsync(
        string invocation, ServerHostKey? shown, CancellationToken cancellationToken)
    {
        var known = KnownHosts.Load(configuration.UserKnownHostsFiles.Concat(configuration.GlobalKnownHostsFiles));
        if (configuration.KnownHostsCommand is not { } command) return known;
        var lines = await HostKeyCommand.RunAsync(
                command, configuration.Tokens, invocation, host.ToString(), shown, configuration.FingerprintHash,
                cancellationToken)
            .ConfigureAwait(false);
        known.Include(CommandPrefix + invocation, lines);
        return known;
    }

    /// <summary>Whether the KnownHostsCommand has printed it.</summary>
    public static bool IsFromCommand(KnownHostsEntry entry) =>
        entry.File.StartsWith(CommandPrefix, StringComparison.Ordinal);

    /// <summary>Whether it is in a file of the user's.</summary>
    public bool IsUsers(KnownHostsEntry entry) =>
        !configuration.GlobalKnownHostsFiles.Contains(entry.File) && !IsFromCommand(entry);
}
