using System.Text;

namespace SshMux.Engine.Channels;

// What ~I and ~# tell, and a master's MUX_C_EXT_INFO, in OpenSSH 10.3's words. Lines end in CR LF.
public sealed partial class SshConnection
{
    /// <summary>The algorithms, limits and traffic of the connection.</summary>
    internal string DescribeConnection() => _transport.Describe();

    /// <summary>The channels that are open or being opened.</summary>
    internal string DescribeChannels()
    {
        var text = new StringBuilder("The following connections are open:\r\n");
        foreach (var channel in _channels)
        {
            if (channel is not null) text.Append("  ").Append(channel.Describe()).Append("\r\n");
        }

        return text.ToString();
    }

    /// <summary>Has the transport exchange new keys with the server, if it has any (RFC 4253 section 9).</summary>
    internal void RequestKeyExchange() => _transport.RequestKeyExchange();
}
