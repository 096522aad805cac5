using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Proxy;

/// <summary>
/// Whether what a client in proxy mode asks for is formed as its type demands. A server (OpenSSH's for one) ends the
/// connection for what is not, and the connection is everybody's. A type that is not known here is left alone: what a
/// server does not know, it refuses without a look at it.
/// </summary>
internal static class ProxyRequestCheck
{
    private const byte EndOfModes = 0; // TTY_OP_END
    private const byte FirstOpaqueMode = 160; // from here on a server stops reading

    /// <summary>
    /// Whether a channel of this type can be asked for; throws if its fields are malformed. The types that servers open
    /// are not among them.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ProtocolError"/>: malformed.</exception>
    public static bool IsKnownOpen(string type, ReadOnlySpan<byte> fields)
    {
        var reader = new SshReader(fields);
        switch (type)
        {
            case "session":
                break;
            case "direct-tcpip":
                SkipName(ref reader);
                reader.ReadUInt32();
                SkipName(ref reader);
                reader.ReadUInt32();
                break;
            case "direct-streamlocal@openssh.com":
                SkipName(ref reader);
                SkipName(ref reader);
                reader.ReadUInt32();
                break;
            case "tun@openssh.com":
                reader.ReadUInt32();
                reader.ReadUInt32();
                break;
            default:
                return false;
        }

        reader.ExpectEnd($"the opening of a {type} channel");
        return true;
    }

    /// <summary>Checks a channel request; <paramref name="reader"/> is behind want-reply.</summary>
    /// <exception cref="SshException"><see cref="SshError.ProtocolError"/>: malformed.</exception>
    public static void Check(string type, SshReader reader)
    {
        if (type.Contains('\0', StringComparison.Ordinal)) throw Nul();
        switch (type)
        {
            case "shell" or "auth-agent-req@openssh.com" or "eow@openssh.com":
                break;
            case "exec" or "subsystem" or "signal":
                SkipName(ref reader);
                break;
            case "env":
                SkipName(ref reader);
                SkipName(ref reader);
                break;
            case "pty-req":
                SkipName(ref reader);
                reader.ReadBytes(16);
                CheckModes(reader.ReadString());
                break;
            case "window-change":
                reader.ReadBytes(16);
                break;
            case "break":
                reader.ReadUInt32();
                break;
            case "x11-req":
                reader.ReadBoolean();
                SkipName(ref reader);
                SkipName(ref reader);
                reader.ReadUInt32();
                break;
            default:
                return;
        }

        reader.ExpectEnd($"a {type} request");
    }

    /// <summary>Reads a name; a server takes a NUL in it for an attack.</summary>
    /// <exception cref="SshException"><see cref="SshError.ProtocolError"/>: malformed.</exception>
    public static string ReadName(ref SshReader reader)
    {
        var name = reader.ReadUtf8String();
        return name.Contains('\0', StringComparison.Ordinal) ? throw Nul() : name;
    }

    /// <summary>Likewise, of what need not be UTF-8.</summary>
    private static void SkipName(ref SshReader reader)
    {
        if (reader.ReadString().Contains((byte)0)) throw Nul();
    }

    private static SshException Nul() => SshException.Protocol("a string has a NUL in it");

    /// <summary>Terminal modes (RFC 4254 section 8): a byte, and a uint32 for each but the end.</summary>
    private static void CheckModes(ReadOnlySpan<byte> modes)
    {
        var reader = new SshReader(modes);
        while (!reader.AtEnd)
        {
            var opcode = reader.ReadByte();
            if (opcode is EndOfModes or >= FirstOpaqueMode) return;
            reader.ReadUInt32();
        }
    }
}
