using SshMux.Engine.Sftp.Local;

namespace SshMux.Engine.Sftp.Copying;

/// <summary>Modes, and times of files of this machine in the words of the protocol.</summary>
internal static class SftpLocal
{
    public const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public const UnixFileMode OwnerOnly = OwnerReadWrite | UnixFileMode.UserExecute;

    public const UnixFileMode AnyWrite = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>What a file that has no mode begins with at the other side, whose umask takes from it.</summary>
    public const UnixFileMode AnyReadWrite = AnyWrite | UnixFileMode.UserRead | UnixFileMode.GroupRead
        | UnixFileMode.OtherRead;

    /// <summary>A time of the protocol: seconds since 1970.</summary>
    public static DateTime Time(uint seconds) => DateTime.UnixEpoch.AddSeconds(seconds);

    /// <summary>A time of this machine, in seconds since 1970, as the protocol can say it.</summary>
    public static uint Seconds(long time) => (uint)Math.Clamp(time, 0, uint.MaxValue);

    /// <summary>Permissions, if there are any here, and times of a file in the words of the protocol.</summary>
    public static SftpAttributes AttributesOf(LocalFileStatus status) => new()
    {
        Mode = (uint?)status.Permissions,
        AccessTime = Seconds(status.AccessTime),
        ModifyTime = Seconds(status.ModifyTime),
    };
}
