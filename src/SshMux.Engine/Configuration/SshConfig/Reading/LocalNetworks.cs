using System.Net;
using System.Net.NetworkInformation;
using SshMux.Engine.Configuration.SshConfig.Syntax;

namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>The addresses of this machine (Match localnetwork).</summary>
internal static class LocalNetworks
{
    /// <summary>Whether one of them is in one of the networks, as 10.0.0.0/8,fe80::/10.</summary>
    /// <exception cref="SettingProblem">A network is none.</exception>
    public static bool AreAmong(string list)
    {
        var networks = Array.ConvertAll(list.Split(','), Parse);
        foreach (var one in NetworkInterface.GetAllNetworkInterfaces())
        {
            // Loopback's state is "unknown".
            if (one.OperationalStatus is not (OperationalStatus.Up or OperationalStatus.Unknown)) continue;
            foreach (var unicast in one.GetIPProperties().UnicastAddresses)
            {
                if (Array.Exists(networks, network => network.Contains(unicast.Address))) return true;
            }
        }

        return false;
    }

    private static IPNetwork Parse(string text)
    {
        if (text.Length == 0) throw new SettingProblem("empty entry in list of networks");
        if (!text.All(c => char.IsAsciiHexDigit(c) || c is '.' or ':' or '/'))
        {
            throw new SettingProblem($"list entry \"{text}\" contains invalid characters");
        }

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!IPAddress.TryParse(slash < 0 ? text : text.AsSpan(0, slash), out var address))
        {
            throw new SettingProblem($"Invalid network entry \"{text}\"; it must be an address, or as 10.0.0.0/8");
        }

        if (slash < 0) return new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return IPNetwork.TryParse(text, out var network)
            ? network
            : throw new SettingProblem($"Inconsistent mask length for network \"{text}\"");
    }
}
