using System.Security.Cryptography;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>
/// OpenSSH's binary key revocation list (PROTOCOL.krl): keys, hashes of keys, and certificates by their authority and
/// serial number or key id.
/// </summary>
internal sealed class KeyRevocationList
{
    private const uint FormatVersion = 1;
    private const byte Certificates = 1;
    private const byte ExplicitKeys = 2;
    private const byte Sha1Hashes = 3;
    private const byte Signature = 4;
    private const byte Sha256Hashes = 5;
    private const byte Extension = 255;

    private readonly HashSet<string> _keys = [];
    private readonly HashSet<string> _sha1 = [];
    private readonly HashSet<string> _sha256 = [];
    private readonly List<RevokedCertificates> _certificates = [];

    private KeyRevocationList()
    {
    }

    private static ReadOnlySpan<byte> Magic => "SSHKRL\n\0"u8;

    /// <summary>Whether a file's content begins as such a list does.</summary>
    public static bool IsOne(ReadOnlySpan<byte> content) => content.StartsWith(Magic);

    /// <summary>
    /// Reads a list. Throws <see cref="SshException"/> for one that is malformed or has anything that is not
    /// understood: what it revokes would be missed.
    /// </summary>
    public static KeyRevocationList Parse(ReadOnlySpan<byte> content)
    {
        var list = new KeyRevocationList();
        var reader = new SshReader(content);
        reader.ReadBytes(Magic.Length);
        var version = reader.ReadUInt32();
        if (version != FormatVersion) throw SshException.Protocol($"its format has version {version}, not 1");
        reader.ReadUInt64(); // the list's own version
        reader.ReadUInt64(); // when it was made
        reader.ReadUInt64(); // flags, of which there are none
        reader.ReadString(); // reserved
        reader.ReadString(); // a comment
        while (!reader.AtEnd) list.ReadSection(reader.ReadByte(), reader.ReadString());
        return list;
    }

    /// <summary>Whether a plain key is revoked.</summary>
    public bool Revokes(SshPublicKey key)
    {
        var blob = key.Blob.Span;
#pragma warning disable CA5350 // The list's format; whoever makes a second key with the hash revokes that one, too.
        return _keys.Contains(Convert.ToHexString(blob))
            || _sha1.Contains(Convert.ToHexString(SHA1.HashData(blob)))
            || _sha256.Contains(Convert.ToHexString(SHA256.HashData(blob)));
#pragma warning restore CA5350
    }

    /// <summary>Whether a certificate is revoked by its serial number or key id.</summary>
    public bool Revokes(SshCertificate certificate) => _certificates.Any(section => section.Contains(certificate));

    private void ReadSection(byte type, ReadOnlySpan<byte> section)
    {
        switch (type)
        {
            case Certificates:
                _certificates.Add(new RevokedCertificates(section));
                break;
            case ExplicitKeys:
                ReadBlobs(section, _keys, 0);
                break;
            case Sha1Hashes:
                ReadBlobs(section, _sha1, SHA1.HashSizeInBytes);
                break;
            case Sha256Hashes:
                ReadBlobs(section, _sha256, SHA256.HashSizeInBytes);
                break;
            case Extension:
                RevokedCertificates.ReadExtension(section);
                break;
            case Signature:
                throw new SshException(SshError.NotSupported, "it is signed, and such signatures are not supported");
            default:
                throw SshException.Protocol($"it has a section of unknown type {type}");
        }
    }

    private static void ReadBlobs(ReadOnlySpan<byte> section, HashSet<string> blobs, int length)
    {
        var reader = new SshReader(section);
        while (!reader.AtEnd)
        {
            var blob = reader.ReadString();
            if (length != 0 && blob.Length != length) throw SshException.Protocol("a hash in it has a wrong length");
            blobs.Add(Convert.ToHexString(blob));
        }
    }
}
