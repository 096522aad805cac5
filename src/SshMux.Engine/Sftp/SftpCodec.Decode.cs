using SshMux.Engine.Wire;

namespace SshMux.Engine.Sftp;

// Replies; whatever is malformed is an SshException with SshError.ProtocolError.
internal static partial class SftpCodec
{
    /// <summary>Reads the length field of a packet: how many bytes follow.</summary>
    public static int DecodeLength(ReadOnlySpan<byte> header)
    {
        var length = new SshReader(header).ReadUInt32();
        return length switch
        {
            > SftpProtocol.MaxPacketLength => throw Malformed($"a packet of {length} bytes is too long"),
            < 5 => throw Malformed($"a packet of {length} bytes has no room for type and id"),
            _ => (int)length,
        };
    }

    /// <summary>The names of the extensions in SSH_FXP_VERSION (type and version were read), with their data.</summary>
    public static Dictionary<string, string> DecodeExtensions(ReadOnlySpan<byte> body)
    {
        var reader = new SshReader(body);
        var extensions = new Dictionary<string, string>(StringComparer.Ordinal);
        while (!reader.AtEnd)
        {
            var name = reader.ReadText();
            extensions[name] = reader.ReadText();
        }

        return extensions;
    }

    /// <summary>The body of SSH_FXP_STATUS; servers of older versions send no message.</summary>
    public static SftpStatus DecodeStatus(ReadOnlySpan<byte> body)
    {
        var reader = new SshReader(body);
        var code = (SftpStatusCode)reader.ReadUInt32();
        return new SftpStatus(code, reader.AtEnd ? "" : reader.ReadText());
    }

    /// <summary>The body of SSH_FXP_HANDLE.</summary>
    public static byte[] DecodeHandle(ReadOnlySpan<byte> body)
    {
        var handle = new SshReader(body).ReadString();
        if (handle.Length is 0 or > SftpProtocol.MaxHandleLength)
        {
            throw Malformed($"a handle of {handle.Length} bytes is impossible");
        }

        return handle.ToArray();
    }

    /// <summary>How much data the body of SSH_FXP_DATA has, which is that many bytes longer than this field.</summary>
    public static int DecodeDataLength(ReadOnlySpan<byte> body, int rest)
    {
        var length = new SshReader(body).ReadUInt32();
        return length == rest ? rest : throw Malformed($"a reply of {rest} bytes says that it has {length}");
    }

    /// <summary>The body of SSH_FXP_ATTRS.</summary>
    public static SftpAttributes DecodeAttributes(ReadOnlySpan<byte> body)
    {
        var reader = new SshReader(body);
        return DecodeAttributes(ref reader);
    }

    /// <summary>The body of SSH_FXP_NAME.</summary>
    public static SftpEntry[] DecodeNames(ReadOnlySpan<byte> body)
    {
        var reader = new SshReader(body);
        var count = reader.ReadUInt32();

        // Each has two strings and the flags of its attributes; more cannot be in so many bytes.
        if (count > (uint)reader.Rest.Length / 12) throw Malformed($"{count} names do not fit into their packet");
        if (count == 0) throw Malformed("a list of names is empty");
        var entries = new SftpEntry[count];
        for (var i = 0; i < entries.Length; i++)
        {
            var name = ByteText.Decode(reader.ReadString());
            reader.ReadString(); // as ls -l would show it
            entries[i] = new SftpEntry(name, DecodeAttributes(ref reader));
        }

        return entries;
    }

    /// <summary>The reply to limits@openssh.com.</summary>
    public static SftpLimits DecodeLimits(ReadOnlySpan<byte> body)
    {
        var reader = new SshReader(body);
        return SftpLimits.From(reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64());
    }

    /// <summary>Of the reply to statvfs@openssh.com whether the file system has no room left for this user.</summary>
    public static bool DecodeIsFull(ReadOnlySpan<byte> body)
    {
        var reader = new SshReader(body);
        for (var skipped = 0; skipped < 4; skipped++) reader.ReadUInt64(); // block sizes, blocks, free ones for root
        var freeBlocks = reader.ReadUInt64();
        var files = reader.ReadUInt64(); // 0 where the file system has no such limit
        reader.ReadUInt64(); // free ones for root
        var freeFiles = reader.ReadUInt64();
        return freeBlocks == 0 || (files != 0 && freeFiles == 0);
    }

    private static SftpAttributes DecodeAttributes(ref SshReader reader)
    {
        var flags = reader.ReadUInt32();
        ulong? size = null;
        uint? owner = null;
        uint? mode = null;
        uint? accessed = null;
        uint? modified = null;
        if ((flags & SftpProtocol.AttributeSize) != 0) size = reader.ReadUInt64();
        if ((flags & SftpProtocol.AttributeOwner) != 0)
        {
            owner = reader.ReadUInt32();
            reader.ReadUInt32(); // the group
        }

        if ((flags & SftpProtocol.AttributePermissions) != 0) mode = reader.ReadUInt32();
        if ((flags & SftpProtocol.AttributeTimes) != 0)
        {
            accessed = reader.ReadUInt32();
            modified = reader.ReadUInt32();
        }

        if ((flags & SftpProtocol.AttributeExtended) != 0)
        {
            for (var count = reader.ReadUInt32(); count > 0; count--)
            {
                reader.ReadString();
                reader.ReadString();
            }
        }

        return new SftpAttributes
        {
            Size = size,
            Owner = owner,
            Mode = mode,
            AccessTime = accessed,
            ModifyTime = modified,
        };
    }

    private static SshException Malformed(string what) => SshException.Protocol(what);
}
