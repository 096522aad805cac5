using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>The certificates of one authority, or of any, that a key revocation list revokes (PROTOCOL.krl).</summary>
internal sealed class RevokedCertificates
{
    private const byte SerialList = 0x20;
    private const byte SerialRange = 0x21;
    private const byte SerialBitmap = 0x22;
    private const byte KeyIds = 0x23;
    private const byte Extension = 0x39;

    private readonly byte[] _authority; // empty: any
    private readonly List<(ulong First, ulong Last)> _ranges = [];
    private readonly List<(ulong First, byte[] Bits)> _bitmaps = [];
    private readonly HashSet<ulong> _serials = [];
    private readonly HashSet<string> _keyIds = [];

    /// <summary>Reads a section of a list.</summary>
    public RevokedCertificates(ReadOnlySpan<byte> section)
    {
        var reader = new SshReader(section);
        _authority = reader.ReadString().ToArray();
        reader.ReadString(); // reserved
        while (!reader.AtEnd) ReadPart(reader.ReadByte(), reader.ReadString());
    }

    /// <summary>Checks an extension; throws for a critical one, since none is known.</summary>
    public static void ReadExtension(ReadOnlySpan<byte> section)
    {
        var reader = new SshReader(section);
        var name = reader.ReadText();
        var critical = reader.ReadBoolean();
        reader.ReadString();
        reader.ExpectEnd("an extension of it");
        if (critical)
        {
            throw SshException.Protocol($"its critical extension '{Printable.Text(name, 64)}' is unknown");
        }
    }

    /// <summary>
    /// Whether a certificate is among them. A serial number of 0 says that the authority gives none, and revokes
    /// nothing.
    /// </summary>
    public bool Contains(SshCertificate certificate)
    {
        if (_authority.Length > 0 && !certificate.Authority.Blob.Span.SequenceEqual(_authority)) return false;
        if (_keyIds.Contains(certificate.KeyId)) return true;
        var serial = certificate.Serial;
        return serial != 0 && (_serials.Contains(serial)
            || _ranges.Exists(range => serial >= range.First && serial <= range.Last)
            || _bitmaps.Exists(bitmap => IsSet(bitmap.First, bitmap.Bits, serial)));
    }

    private static bool IsSet(ulong first, byte[] bits, ulong serial)
    {
        if (serial < first || (serial - first) / 8 >= (ulong)bits.Length) return false;
        var offset = (int)(serial - first);
        return (bits[bits.Length - 1 - (offset / 8)] & (1 << (offset % 8))) != 0;
    }

    private void ReadPart(byte type, ReadOnlySpan<byte> part)
    {
        var reader = new SshReader(part);
        switch (type)
        {
            case SerialList:
                while (!reader.AtEnd) _serials.Add(reader.ReadUInt64());
                break;
            case SerialRange:
                _ranges.Add((reader.ReadUInt64(), reader.ReadUInt64()));
                reader.ExpectEnd("a range of serial numbers in it");
                break;
            case SerialBitmap:
                _bitmaps.Add((reader.ReadUInt64(), reader.ReadUnsignedMPInt().ToArray()));
                reader.ExpectEnd("a bitmap of serial numbers in it");
                break;
            case KeyIds:
                while (!reader.AtEnd) _keyIds.Add(ByteText.Decode(reader.ReadString()));
                break;
            case Extension:
                ReadExtension(part);
                break;
            default:
                throw SshException.Protocol($"it has a part of unknown type {type}");
        }
    }
}
