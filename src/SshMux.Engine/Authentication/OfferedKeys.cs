using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Files;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <summary>Which keys a login would offer, for people: ssh -Z of OpenSSH 10.6.</summary>
internal static class OfferedKeys
{
    private static readonly string[] DefaultNames =
        ["id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk", "id_mldsa44_ed25519", "id_xmss", "id_dsa"];

    /// <summary>
    /// The keys in their order, one a line: the file or the agent's name for it, the type and fingerprint as far as
    /// they are known without a passphrase, "explicit" for one that is configured, and "agent" for one that the agent
    /// has. Nobody is asked anything, and no server.
    /// </summary>
    public static async Task<IReadOnlyList<string>> ListAsync(
        HostConfiguration configuration, ILogger logger, CancellationToken cancellationToken = default)
    {
        var options = AuthenticationOptions.From(configuration, NoInteraction.Instance) with { Logger = logger };
        var keys = await IdentityList.LoadAsync(options, cancellationToken).ConfigureAwait(false);
        await using (keys.ConfigureAwait(false))
        {
            return [.. keys.Identities.Select(key => Describe(key, configuration.FingerprintHash))];
        }
    }

    private static string Describe(Identity identity, FingerprintHash hash)
    {
        List<string> words = [identity.Path ?? (identity.Key as AgentKey)?.Comment ?? ""];
        var blob = identity.PublicKey ?? identity.Key?.PublicKey;
        if (blob is { } known)
        {
            // Of a certificate as of its key: that is what servers and people know it by.
            var type = KnownHostsEntry.TypeOf(known.Span) ?? "";
            var key = PlainKey(known);
            words.Add(HostKeyMessages.ShortType(SshCertificate.PlainAlgorithm(type))
                + (SshCertificate.IsCertificate(known.Span) ? "-CERT" : ""));
            words.Add(KeyFingerprint.Of(key.Span, hash));
            if (type.StartsWith("sk-", StringComparison.Ordinal)) words.Add("authenticator");
        }

        if (identity.Path is { } path && !IsDefault(path)) words.Insert(blob is null ? 1 : 3, "explicit");
        if (identity.IsInAgent) words.Add("agent");
        return Printable.Text(string.Join(' ', words));
    }

    private static ReadOnlyMemory<byte> PlainKey(ReadOnlyMemory<byte> blob)
    {
        if (!SshCertificate.IsCertificate(blob.Span)) return blob;
        try
        {
            return SshCertificate.Parse(blob.Span).Key.Blob;
        }
        catch (SshException)
        {
            return blob; // the agent's, of a kind that we cannot read
        }
    }

    private static bool IsDefault(string path) =>
        LocalFiles.Current.AreSame(Path.Combine(LocalUser.Current.HomeFolder, ".ssh"), Path.GetDirectoryName(path))
        && DefaultNames.Contains(Path.GetFileName(path));
}
