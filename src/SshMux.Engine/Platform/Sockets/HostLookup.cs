using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SshMux.Engine.Platform.Sockets;

/// <summary>
/// From a host to its addresses, as getaddrinfo(3) and so ssh(1) have it. .NET takes more for an address, and means
/// another one than was written: it drops the port of <c>[::1]:99</c>, and the interface of <c>fe80::1%nosuch</c>.
/// </summary>
internal static class HostLookup
{
    /// <summary>The addresses of a name, or the address that is written; none if it is of another family.</summary>
    /// <exception cref="SocketException">There is no such host.</exception>
    public static async Task<IPAddress[]> FindAsync(
        string host, AddressFamily family, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            if (!IsAsWritten(host, address)) throw new SocketException((int)SocketError.HostNotFound);
            return InFamily(address, family) is { } usable ? [usable] : [];
        }

        try
        {
            return await Dns.GetHostAddressesAsync(host, family, cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException)
        {
            throw new SocketException((int)SocketError.HostNotFound); // what can be no name: too long, for one
        }
    }

    /// <summary>An address as one of a family, as getaddrinfo(3) takes IPv4 that is written as IPv6; null: it is none.</summary>
    internal static IPAddress? InFamily(IPAddress address, AddressFamily family) =>
        family == AddressFamily.Unspecified || family == address.AddressFamily ? address
        : family == AddressFamily.InterNetwork && address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : null;

    /// <summary>Whether inet_aton(3) and inet_pton(3) would read an address that .NET has read.</summary>
    internal static bool IsAsWritten(string text, IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return text.All(c => char.IsAsciiHexDigit(c) || c is '.' or 'x' or 'X');
        }

        var percent = text.IndexOf('%', StringComparison.Ordinal);
        var number = percent < 0 ? text : text[..percent];
        return number.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.')
            && IsPlainTail(number[(number.LastIndexOf(':') + 1)..])
            && (percent < 0 || IsScope(text[(percent + 1)..], address));
    }

    /// <summary>What is behind the last colon: up to four digits, or an IPv4 address without leading zeros.</summary>
    private static bool IsPlainTail(string tail)
    {
        if (!tail.Contains('.', StringComparison.Ordinal)) return tail.Length <= 4;
        var parts = tail.Split('.');
        return parts.Length == 4 && parts.All(part => part is "0"
            || (part.Length is > 0 and <= 3 && part[0] != '0' && part.All(char.IsAsciiDigit)));
    }

    /// <summary>An interface that exists, for an address of the link; or a number.</summary>
    private static bool IsScope(string scope, IPAddress address)
    {
        if (scope.All(char.IsAsciiDigit))
        {
            return uint.TryParse(scope, NumberStyles.None, CultureInfo.InvariantCulture, out _);
        }

        var bytes = address.GetAddressBytes();
        var isOfLink = address.IsIPv6LinkLocal || (bytes[0] == 0xff && (bytes[1] & 0xf) == 2);
        return isOfLink && address.ScopeId != 0;
    }
}
