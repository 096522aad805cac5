using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Configuration.SshConfig.Syntax;
using SshMux.Engine.Configuration.SshConfig.Values;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>The canonical name of a host (CanonicalizeHostname and the keywords beside it).</summary>
/// <param name="values">What the first pass has set.</param>
/// <param name="lookUp">
/// Gives the canonical name of a host in the DNS, which may be empty; null: there is no such host.
/// </param>
internal sealed class CanonicalName(
    SettingValues values, Func<string, AddressFamily, CancellationToken, ValueTask<string?>> lookUp)
{
    private readonly string _mode = values.First("canonicalizehostname") ?? "false";

    /// <summary>Whether names are made canonical, so that the files are read once more for the new one.</summary>
    public bool IsWanted => _mode != "false";

    private bool IsDirect => values.NotNone("proxycommand") is null && values.NotNone("proxyjump") is null;

    // A name that a proxy looks up is not ours to change, unless the user insists.
    private bool IsOurs => IsDirect || _mode == "always";

    private AddressFamily Family => values.First("addressfamily") switch
    {
        "inet" => AddressFamily.InterNetwork,
        "inet6" => AddressFamily.InterNetworkV6,
        _ => AddressFamily.Unspecified,
    };

    private IReadOnlyList<string> Rules => values.FirstWords("canonicalizepermittedcnames") is ["none"]
        ? []
        : values.FirstWords("canonicalizepermittedcnames");

    /// <summary>The name for a host; itself if there is no other.</summary>
    /// <exception cref="SshException">There is no such host, where one is demanded.</exception>
    public async ValueTask<string> FindAsync(string host, CancellationToken cancellationToken)
    {
        var isAddress = IsAddress(host);
        var name = isAddress ? host : ConfigurationLine.Lower(host);
        if (isAddress && AddressOf(name) is { } address) return address;
        if (!isAddress && IsWanted && await CanonicalizeAsync(name, cancellationToken).ConfigureAwait(false) is { } found)
        {
            return found;
        }

        // Without a domain of ours the name may still be another one's alias.
        if (Rules.Count == 0 || !IsOurs) return name;
        if (await lookUp(name, Family, cancellationToken).ConfigureAwait(false) is { } canonical) return Follow(name, canonical);
        return IsDirect
            ? throw new SshException(
                SshError.HostNotFound, $"Could not resolve hostname {name}: Name or service not known")
            : name;
    }

    /// <summary>Whether a name can only be an address.</summary>
    private static bool IsAddress(string name) =>
        name.AsSpan().ContainsAny('%', ':') || DomainNames.IsNumeric(name)
        || (IPAddress.TryParse(name, out var address) && HostLookup.IsAsWritten(name, address));

    /// <summary>An address in its usual spelling; null: it is none.</summary>
    private string? AddressOf(string text)
    {
        var percent = text.IndexOf('%', StringComparison.Ordinal);
        if (!IPAddress.TryParse(text, out var written) || !HostLookup.IsAsWritten(text, written)) return null;
        if (HostLookup.InFamily(written, Family) is not { } address) return null;

        // .NET would make a number of the interface's name.
        var usual = percent < 0 ? address.ToString() : IPAddress.Parse(text.AsSpan(0, percent)) + text[percent..];
        return usual.Equals(text, StringComparison.OrdinalIgnoreCase) ? text : usual;
    }

    private async ValueTask<string?> CanonicalizeAsync(string name, CancellationToken cancellationToken)
    {
        if (!IsOurs) return null;
        if (name.EndsWith('.'))
        {
            return await lookUp(name, Family, cancellationToken).ConfigureAwait(false) is { } canonical
                ? Follow(name[..^1], canonical)
                : NotFound(name);
        }

        var dots = int.Parse(values.First("canonicalizemaxdots") ?? "1", CultureInfo.InvariantCulture);
        if (name.AsSpan().Count('.') > dots) return null;
        foreach (var domain in values.FirstWords("canonicaldomains"))
        {
            if (SettingValues.Is(domain, "none")) break;
            var full = $"{name}.{domain}";
            if (await lookUp(full + '.', Family, cancellationToken).ConfigureAwait(false) is { } canonical)
            {
                return Follow(full, canonical);
            }
        }

        return NotFound(name);
    }

    private string? NotFound(string name) => values.First("canonicalizefallbacklocal") == "no"
        ? throw new SshException(
            SshError.HostNotFound,
            $"Could not resolve host \"{name}\"; it is in none of the CanonicalDomains, and CanonicalizeFallbackLocal is no")
        : null;

    /// <summary>The name that the DNS has for a name, if a rule lets it stand for it.</summary>
    private string Follow(string name, string canonical)
    {
        canonical = ConfigurationLine.Lower(canonical);
        if (!IsWanted || !IsOurs || canonical.Length == 0 || name == canonical) return name;
        foreach (var rule in Rules)
        {
            var colon = rule.IndexOf(':', StringComparison.Ordinal);
            if (HostPattern.MatchList(name, rule.AsSpan(0, colon)) == 1
                && HostPattern.MatchList(canonical, ConfigurationLine.Lower(rule[(colon + 1)..])) == 1)
            {
                return canonical;
            }
        }

        return name;
    }

    /// <summary>The canonical name of a host in the DNS, as <c>lookUp</c> gives it.</summary>
    public static async ValueTask<string?> LookUpAsync(
        string name, AddressFamily family, CancellationToken cancellationToken)
    {
        try
        {
            var entry = await Dns.GetHostEntryAsync(name, family, cancellationToken).ConfigureAwait(false);
            return DomainNames.FindProblem(entry.HostName) is null ? entry.HostName : "";
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return null;
        }
    }
}
