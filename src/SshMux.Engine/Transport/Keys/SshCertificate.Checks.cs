using System.Globalization;
using SshMux.Engine.Configuration;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport.Keys;

/// <content>Whether a certificate is good for a host or a user, as OpenSSH decides it.</content>
internal sealed partial class SshCertificate
{
    /// <summary>
    /// Why the certificate does not identify a host, whose authority is trusted; null if it does. A principal may have
    /// the wildcards * and ?; a certificate without principals is for no host, as in OpenSSH since 10.3: before, it was
    /// good for any (PROTOCOL.certkeys), and an authority that forgot -n had made a key to everything.
    /// </summary>
    /// <param name="host">The host's name in lower case, or its HostKeyAlias; without port.</param>
    /// <param name="authorityAlgorithms">The signature algorithms allowed for authorities (CASignatureAlgorithms).</param>
    /// <param name="now">The time.</param>
    public string? WhyNotForHost(string host, IEnumerable<string> authorityAlgorithms, DateTimeOffset now)
    {
        if (Kind != SshCertificateKind.Host) return "it is a user's certificate, not a host's";
        if (WhyNotValidAt(now) is { } time) return time;
        if (Principals.Count == 0) return "it names no host (no principals)";
        if (!Principals.Any(principal => HostPattern.Matches(host, principal)))
        {
            var names = string.Join(", ", Principals.Take(8).Select(name => Printable.Text(name, 64)));
            return $"it is for {names}{(Principals.Count > 8 ? ", ..." : "")}, not for {host}";
        }

        if (CriticalOptions is [var option, ..])
        {
            return $"it has the critical option '{Printable.Text(option.Name, 64)}', and none is known for hosts";
        }

        return authorityAlgorithms.Contains(SignatureAlgorithm) && IsSignatureVerified
            ? null
            : $"it is signed with {Printable.Text(SignatureAlgorithm, 64)}, which CASignatureAlgorithms does not allow";
    }

    /// <summary>Why the certificate is not valid at a time; null if it is.</summary>
    public string? WhyNotValidAt(DateTimeOffset now)
    {
        var seconds = (ulong)Math.Max(0, now.ToUnixTimeSeconds());
        return seconds < ValidAfter ? $"it is valid only from {TimeText(ValidAfter)} on"
            : seconds >= ValidBefore ? $"it expired at {TimeText(ValidBefore)}"
            : null;
    }

    private static string TimeText(ulong seconds) =>
        seconds <= (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
                .ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)
            : "a time after the year 9999";
}
