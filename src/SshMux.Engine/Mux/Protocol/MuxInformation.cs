using System.Text;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Protocol;

/// <summary>What a master tells about itself (extension "info", MUX_C_EXT_INFO), in OpenSSH 10.3's words.</summary>
internal static class MuxInformation
{
    /// <summary>Asks about the connection.</summary>
    public const string Connection = "connection";

    /// <summary>Asks for the channels.</summary>
    public const string Channels = "channels";

    // What a packet can carry, less what stands before the text.
    private const int MaxLength = MuxProtocol.MaxPacketLength - 64;

    private const string LineEnd = "\r\n";
    private const string Cut = "  ..." + LineEnd;

    // How a channel's line begins, and what those have in them that are no channels of the connection.
    private const string ChannelLine = "  #";
    private const string ControlConnection = "[mux-control]";
    private const string Listener = "[mux listener]";

    /// <summary>As many whole lines as one packet can carry: thousands of channels are too many.</summary>
    public static string Fit(string text)
    {
        if (Encoding.UTF8.GetByteCount(text) <= MaxLength) return text;
        var bytes = Encoding.UTF8.GetBytes(text).AsSpan(0, MaxLength - Cut.Length);
        return Encoding.UTF8.GetString(bytes[..(bytes.LastIndexOf((byte)'\n') + 1)]) + Cut;
    }

    /// <summary>How many channels an answer names, the master's clients and their listener not counted.</summary>
    public static int CountChannels(string text) => text.Split(LineEnd).Count(line =>
        line.StartsWith(ChannelLine, StringComparison.Ordinal)
        && !line.Contains(ControlConnection, StringComparison.Ordinal)
        && !line.Contains(Listener, StringComparison.Ordinal));
}
