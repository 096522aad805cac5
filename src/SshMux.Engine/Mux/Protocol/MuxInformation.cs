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

    private const string Cut = "  ...\r\n";

    /// <summary>As many whole lines as one packet can carry: thousands of channels are too many.</summary>
    internal static string Fit(string text)
    {
        if (Encoding.UTF8.GetByteCount(text) <= MaxLength) return text;
        var bytes = Encoding.UTF8.GetBytes(text).AsSpan(0, MaxLength - Cut.Length);
        return Encoding.UTF8.GetString(bytes[..(bytes.LastIndexOf((byte)'\n') + 1)]) + Cut;
    }
}
