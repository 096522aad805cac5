using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>Which host key algorithms are offered first.</summary>
internal sealed class HostKeyOrder(HostKeyLookup lookup, KnownHostName host)
{
    /// <summary>
    /// The host key algorithms with those first of which known_hosts has a key, or for which it has an authority, so
    /// that the host shows one that can be checked; else in the order given. That order also stays when a key is known
    /// of the type that is preferred anyway; but a certificate is not worth it, for a key whose type is not known, if
    /// there is no authority to check it by: where only such a key has one, ssh(1) takes the host's key for changed.
    /// </summary>
    /// <exception cref="SshException">The KnownHostsCommand fails.</exception>
    public async ValueTask<IReadOnlyList<string>> OfAsync(
        IReadOnlyList<string> algorithms, CancellationToken cancellationToken)
    {
        // Then there is nothing to choose, and no reason to run a KnownHostsCommand.
        var kinds = algorithms.Select(name => (KeyTypeOf(name), SshCertificate.IsCertificateName(name)));
        if (kinds.Distinct().Count() < 2) return algorithms;
        var known = await lookup.LoadAsync("ORDER", null, cancellationToken).ConfigureAwait(false);
        var types = known.KnownKeyTypes(host.Host, host.Port);
        var hasAuthority = known.HasAuthority(host.Host, host.Port);
        if (algorithms is not [var best, ..]) return algorithms;
        if (IsKnown(best) && (hasAuthority || !SshCertificate.IsCertificateName(best))) return algorithms;
        return [.. algorithms.Where(IsPreferred), .. algorithms.Where(name => !IsPreferred(name))];

        bool IsPreferred(string name) => (hasAuthority && SshCertificate.IsCertificateName(name)) || IsKnown(name);

        bool IsKnown(string name) => types.Contains(KeyTypeOf(name));
    }

    private static string KeyTypeOf(string algorithm) => SshCertificate.PlainAlgorithm(algorithm) switch
    {
        "rsa-sha2-512" or "rsa-sha2-256" => "ssh-rsa",
        var type => type,
    };
}
