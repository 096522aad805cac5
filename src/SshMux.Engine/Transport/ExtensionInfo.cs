using System.Text;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport;

/// <summary>What the server announced with SSH_MSG_EXT_INFO (RFC 8308).</summary>
internal sealed partial class ExtensionInfo(ILogger logger)
{
    /// <summary>The signature algorithms for public key authentication (RFC 8308 section 3.1).</summary>
    public const string ServerSignatureAlgorithms = "server-sig-algs";

    private const string Ping = "ping@openssh.com";
    private const int MaxExtensions = 1024;
    private const int MaxShownValue = 1024;

    /// <summary>One after the first key exchange, and one before the login is done (RFC 8308 section 2.4).</summary>
    private const int MaxMessages = 2;

    private int _messages;

    /// <summary>The extensions by name; empty until the server has told.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Extensions { get; private set; } =
        new Dictionary<string, ReadOnlyMemory<byte>>();

    /// <summary>
    /// The value of <see cref="ServerSignatureAlgorithms"/>; null if the server has not told.
    /// </summary>
    public IReadOnlyList<string>? SignatureAlgorithms { get; private set; }

    /// <summary>Whether the server answers SSH2_MSG_PING (OpenSSH's PROTOCOL section 1.8).</summary>
    public bool HasPing => Extensions.ContainsKey(Ping);

    /// <summary>Reads a message behind its number; throws <see cref="SshException"/> if it may not come.</summary>
    public void Read(ref SshReader reader, bool isLoggedIn)
    {
        if (isLoggedIn || ++_messages > MaxMessages)
        {
            throw SshException.Protocol("the server sent SSH_MSG_EXT_INFO too late or too often (RFC 8308, 2.4)");
        }

        var count = reader.ReadUInt32();
        if (count > MaxExtensions) throw SshException.Protocol("SSH_MSG_EXT_INFO has too many extensions");
        var extensions = new Dictionary<string, ReadOnlyMemory<byte>>(Extensions);
        for (var i = 0; i < count; i++)
        {
            var name = reader.ReadUtf8String();
            var value = reader.ReadString().ToArray();
            var (shownName, shownValue) = (Printable.Text(name), Printable.Text(value, MaxShownValue));
            LogExtension(shownName, shownValue);
            if (name == ServerSignatureAlgorithms)
            {
                SignatureAlgorithms = Encoding.UTF8.GetString(value).Split(',');
            }
            else if (_messages > 1)
            {
                continue; // as in OpenSSH, what the transport can do was settled by the first message
            }

            extensions[name] = value;
        }

        reader.ExpectEnd("SSH_MSG_EXT_INFO");
        Extensions = extensions;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "the server announces {Name} = {Value}")]
    private partial void LogExtension(string name, string value);
}
