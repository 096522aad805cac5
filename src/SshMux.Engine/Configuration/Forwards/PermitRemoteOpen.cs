using System.Globalization;

namespace SshMux.Engine.Configuration.Forwards;

/// <summary>
/// ssh_config(5)'s PermitRemoteOpen: where the clients of a remote forward without a target may have us connect to.
/// </summary>
internal sealed class PermitRemoteOpen
{
    private const string All = "*";

    // Null: no limit.
    private readonly (string Host, int? Port)[]? _allowed;

    private PermitRemoteOpen((string Host, int? Port)[]? allowed) => _allowed = allowed;

    /// <summary>Everything is allowed.</summary>
    public static PermitRemoteOpen Any { get; } = new(null);

    /// <summary>
    /// Reads the value: <c>any</c>, <c>none</c>, or words <c>host:port</c> (<c>[address]:port</c>), each part of which
    /// can be <c>*</c>.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>.</exception>
    public static PermitRemoteOpen Parse(string value)
    {
        var words = value.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (words is [] || (words is [var one] && Is(one, "any"))) return Any;
        if (words is [var word] && Is(word, "none")) return new([]);
        return new(Array.ConvertAll(words, ParseOne));
    }

    /// <summary>
    /// Whether a connection may be made. Hosts are compared as they are named, without looking them up.
    /// </summary>
    public bool Allows(string host, int port)
    {
        if (_allowed is null) return true;
        foreach (var (allowedHost, allowedPort) in _allowed)
        {
            var isPort = allowedPort is null || allowedPort == port;
            if (isPort && (allowedHost == All || allowedHost == host)) return true;
        }

        return false;
    }

    private static (string Host, int? Port) ParseOne(string word)
    {
        var isBracketed = word.StartsWith('[');
        var end = isBracketed
            ? word.IndexOf(']', StringComparison.Ordinal) + 1
            : word.IndexOf(':', StringComparison.Ordinal);
        if (end <= 0 || end >= word.Length || word[end] != ':') throw Bad(word);
        var host = isBracketed ? word[1..(end - 1)] : word[..end];
        var port = word[(end + 1)..];
        if (port == All) return (host, null);
        return int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is > 0 and <= ushort.MaxValue
                ? (host, number)
                : throw Bad(word);
    }

    private static bool Is(string word, string name) => word.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static SshException Bad(string word) => new(
        SshError.ConfigurationInvalid, $"PermitRemoteOpen cannot be '{word}': it must be host:port, any or none");
}
