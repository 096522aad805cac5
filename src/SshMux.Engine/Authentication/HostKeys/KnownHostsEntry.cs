using System.Security.Cryptography;
using System.Text;
using SshMux.Engine.Configuration;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>One line of a known_hosts file: whose key it is, and the key.</summary>
internal sealed class KnownHostsEntry
{
    private const string HashPrefix = "|1|";

    private readonly string _hosts;

    private KnownHostsEntry(string file, int line, KnownHostsMarker marker, string hosts, string keyType, byte[] key)
    {
        File = file;
        Line = line;
        Marker = marker;
        KeyType = keyType;
        Key = key;
        _hosts = hosts;
    }

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>The line's number, from 1.</summary>
    public int Line { get; }

    /// <summary>What the key may be used for.</summary>
    public KnownHostsMarker Marker { get; }

    /// <summary>The key's type, as ssh-ed25519.</summary>
    public string KeyType { get; }

    /// <summary>The public key in its wire form (RFC 4253 section 6.6).</summary>
    public ReadOnlyMemory<byte> Key { get; }

    /// <summary>Whether the names are hashed.</summary>
    public bool IsHashed => _hosts.StartsWith('|');

    /// <summary>The names as in the file.</summary>
    internal string Hosts => _hosts;

    /// <summary>
    /// Whether ssh(1) would not have written the line: names with wildcards, or more than a name and its address.
    /// </summary>
    internal bool IsHandMade => _hosts.AsSpan().IndexOfAny('*', '?') >= 0 || _hosts.AsSpan().Count(',') > 1;

    /// <summary>
    /// Reads a line; null if it is empty, a comment, or not an entry. As in ssh(1), a line whose key does not parse
    /// whole (cut off, of another type than it says, with something behind it) or is of a type that is not known here is
    /// none: it says nothing about the host, and so neither that its key is the right one nor that it has changed.
    /// </summary>
    internal static KnownHostsEntry? Parse(string file, int number, string line)
    {
        var rest = line.AsSpan().Trim(" \t\r");
        if (rest.IsEmpty || rest[0] == '#') return null;
        var marker = KnownHostsMarker.None;
        if (rest[0] == '@')
        {
            switch (TakeWord(ref rest))
            {
                case "@revoked":
                    marker = KnownHostsMarker.Revoked;
                    break;
                case "@cert-authority":
                    marker = KnownHostsMarker.CertificateAuthority;
                    break;
                default:
                    return null;
            }
        }

        var hosts = TakeWord(ref rest).ToString();
        var keyType = TakeWord(ref rest).ToString();
        var text = TakeWord(ref rest);
        var key = new byte[(text.Length * 3 / 4) + 3];
        if (text.IsEmpty || !Convert.TryFromBase64Chars(text, key, out var length)) return null;
        Array.Resize(ref key, length);
        return IsWhole(key, keyType) ? new KnownHostsEntry(file, number, marker, hosts, keyType, key) : null;
    }

    private static bool IsWhole(byte[] key, string keyType)
    {
        if (TypeOf(key) != keyType) return false;
        try
        {
            SshPublicKey.Parse(key);
            return true;
        }
        catch (SshException)
        {
            return false;
        }
    }

    /// <summary>The key type that a public key blob begins with; null if it is none.</summary>
    internal static string? TypeOf(ReadOnlySpan<byte> key)
    {
        try
        {
            return new SshReader(key).ReadUtf8String();
        }
        catch (SshException)
        {
            // Damaged lines are ignored; that a broken key is not a known key is answer enough.
            return null;
        }
    }

    /// <summary>The hosts field for a name, hashed with a new salt.</summary>
    internal static string HashName(string name)
    {
        var salt = RandomNumberGenerator.GetBytes(20);
        return $"{HashPrefix}{Convert.ToBase64String(salt)}|{Convert.ToBase64String(Hash(salt, name))}";
    }

    /// <summary>Whether the entry is for a name (lower case; with port: [name]:port).</summary>
    internal bool IsFor(string name)
    {
        if (!IsHashed) return HostPattern.MatchesList(name, _hosts);
        if (!_hosts.StartsWith(HashPrefix, StringComparison.Ordinal)) return false;
        var separator = _hosts.IndexOf('|', HashPrefix.Length);
        if (separator < 0) return false;
        var salt = new byte[64];
        var hash = new byte[64];
        return Convert.TryFromBase64Chars(_hosts.AsSpan()[HashPrefix.Length..separator], salt, out var saltLength)
            && Convert.TryFromBase64Chars(_hosts.AsSpan()[(separator + 1)..], hash, out var hashLength)
            && Hash(salt.AsSpan(0, saltLength), name).AsSpan().SequenceEqual(hash.AsSpan(0, hashLength));
    }

    private static byte[] Hash(ReadOnlySpan<byte> salt, string name)
    {
#pragma warning disable CA5350 // The format of known_hosts; it only hides names.
        return HMACSHA1.HashData(salt, Encoding.UTF8.GetBytes(name));
#pragma warning restore CA5350
    }

    private static ReadOnlySpan<char> TakeWord(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny(' ', '\t');
        var word = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[end..].TrimStart(" \t");
        return word;
    }
}
