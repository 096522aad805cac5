namespace SshMux.Engine.Sftp;

/// <summary>How many bytes one request may read and write (limits@openssh.com, or what every server takes).</summary>
internal readonly record struct SftpLimits(int ReadLength, int WriteLength)
{
    /// <summary>Of a server that does not say.</summary>
    public static SftpLimits Plain { get; } =
        new(SftpProtocol.PlainTransferLength, SftpProtocol.PlainTransferLength);

    /// <summary>Of the numbers that the server told; 0 stands for no limit, or one that it does not know.</summary>
    public static SftpLimits From(ulong packet, ulong read, ulong write)
    {
        const ulong Room = 1024; // for all of a packet that is not data
        var most = packet == 0 ? ulong.MaxValue : Math.Max(packet, 2 * Room) - Room;
        return new SftpLimits(Length(read, most), Length(write, most));
    }

    private static int Length(ulong told, ulong most) => (int)Math.Clamp(
        Math.Min(told == 0 ? SftpProtocol.MaxTransferLength : told, most), 1, SftpProtocol.MaxTransferLength);
}
