using SshMux.Engine.Wire;

namespace SshMux.Engine.Sftp;

/// <summary>
/// Requests of draft-ietf-secsh-filexfer-02 to bytes. Pure: no I/O and no state. A packet is <c>uint32 length, byte
/// type, uint32 id, body</c>; names are bytes without a character set.
/// </summary>
internal static partial class SftpCodec
{
    /// <summary>The length of the length field.</summary>
    public const int HeaderLength = 4;

    private const int RequestHeaderLength = HeaderLength + 1 + 4;

    /// <summary>SSH_FXP_INIT: has a version where others have an id.</summary>
    public static byte[] Init() => Begin(SftpProtocol.Init, SftpProtocol.Version, 0, out _);

    /// <summary>A request that has a path alone, or one with a handle alone.</summary>
    public static byte[] OneString(byte type, uint id, ReadOnlySpan<byte> text)
    {
        var packet = Begin(type, id, 4 + text.Length, out var writer);
        writer.WriteString(text);
        return packet;
    }

    /// <summary>SSH_FXP_RENAME.</summary>
    public static byte[] Rename(uint id, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        var packet = Begin(SftpProtocol.Rename, id, 8 + from.Length + to.Length, out var writer);
        writer.WriteString(from);
        writer.WriteString(to);
        return packet;
    }

    /// <summary>A path or handle and what to set of its attributes (SETSTAT, FSETSTAT, MKDIR).</summary>
    public static byte[] WithAttributes(byte type, uint id, ReadOnlySpan<byte> text, SftpAttributes attributes)
    {
        var packet = Begin(type, id, 4 + text.Length + LengthOf(attributes), out var writer);
        writer.WriteString(text);
        Write(ref writer, attributes);
        return packet;
    }

    /// <summary>SSH_FXP_OPEN.</summary>
    public static byte[] Open(uint id, ReadOnlySpan<byte> path, SftpOpenFlags flags, SftpAttributes attributes)
    {
        var packet = Begin(SftpProtocol.Open, id, 8 + path.Length + LengthOf(attributes), out var writer);
        writer.WriteString(path);
        writer.WriteUInt32((uint)flags);
        Write(ref writer, attributes);
        return packet;
    }

    /// <summary>An extended request whose arguments are strings.</summary>
    public static byte[] Extended(uint id, string name, params ReadOnlySpan<byte[]> arguments)
    {
        var length = SshWriter.StringLength(name);
        foreach (var argument in arguments) length += 4 + argument.Length;
        var packet = Begin(SftpProtocol.Extended, id, length, out var writer);
        writer.WriteString(name);
        foreach (var argument in arguments) writer.WriteString(argument);
        return packet;
    }

    /// <summary>How long a read request for a handle is.</summary>
    public static int ReadLength(int handleLength) => RequestHeaderLength + 4 + handleLength + 8 + 4;

    /// <summary>Writes SSH_FXP_READ into a buffer of <see cref="ReadLength"/>.</summary>
    public static void WriteRead(Span<byte> packet, uint id, ReadOnlySpan<byte> handle, long offset, int length)
    {
        var writer = Begin(packet, SftpProtocol.Read, id);
        writer.WriteString(handle);
        writer.WriteUInt64((ulong)offset);
        writer.WriteUInt32((uint)length);
    }

    /// <summary>How much of a write request comes before its data.</summary>
    public static int WriteHeaderLength(int handleLength) => RequestHeaderLength + 4 + handleLength + 8 + 4;

    /// <summary>
    /// Writes what comes before the data of SSH_FXP_WRITE, <see cref="WriteHeaderLength"/> bytes; the data is behind it
    /// in <paramref name="packet"/> already.
    /// </summary>
    public static void WriteWriteHeader(Span<byte> packet, uint id, ReadOnlySpan<byte> handle, long offset)
    {
        var writer = Begin(packet, SftpProtocol.Write, id);
        writer.WriteString(handle);
        writer.WriteUInt64((ulong)offset);
        writer.WriteUInt32((uint)(packet.Length - WriteHeaderLength(handle.Length)));
    }

    private static byte[] Begin(byte type, uint id, int bodyLength, out SshWriter writer)
    {
        var packet = new byte[RequestHeaderLength + bodyLength];
        writer = Begin(packet, type, id);
        return packet;
    }

    private static SshWriter Begin(Span<byte> packet, byte type, uint id)
    {
        var writer = new SshWriter(packet);
        writer.WriteUInt32((uint)(packet.Length - HeaderLength));
        writer.WriteByte(type);
        writer.WriteUInt32(id);
        return writer;
    }

    private static int LengthOf(SftpAttributes attributes) =>
        4 + (attributes.Size is null ? 0 : 8) + (attributes.Mode is null ? 0 : 4)
        + (attributes.ModifyTime is null ? 0 : 8);

    private static void Write(ref SshWriter writer, SftpAttributes attributes)
    {
        writer.WriteUInt32(
            (attributes.Size is null ? 0 : SftpProtocol.AttributeSize)
            | (attributes.Mode is null ? 0 : SftpProtocol.AttributePermissions)
            | (attributes.ModifyTime is null ? 0 : SftpProtocol.AttributeTimes));
        if (attributes.Size is { } size) writer.WriteUInt64(size);
        if (attributes.Mode is { } mode) writer.WriteUInt32(mode);
        if (attributes.ModifyTime is not { } modified) return;
        writer.WriteUInt32(attributes.AccessTime ?? modified);
        writer.WriteUInt32(modified);
    }
}
