using Mono.Unix.Native;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Sftp.Local;

/// <summary>What is in a folder of this machine, under names with all their bytes (<see cref="UnixPath"/>).</summary>
internal static class LocalFolder
{
    /// <summary>The names in a folder but "." and "..", as they come.</summary>
    /// <exception cref="SshException">It cannot be read.</exception>
    public static IEnumerable<string> List(string folder)
    {
        var stream = Syscall.opendir(UnixPath.Native(folder));
        if (stream == IntPtr.Zero) throw SftpErrors.Local("read the folder", folder, SystemError.Last);
        try
        {
            while (true)
            {
                var entry = Syscall.readdir(stream);
                if (entry is null)
                {
                    var error = SystemError.Last;
                    if (error != 0) throw SftpErrors.Local("read the folder", folder, error);
                    yield break;
                }

                if (entry.d_name is not "." and not "..") yield return UnixPath.FromNative(entry.d_name);
            }
        }
        finally
        {
            _ = Syscall.closedir(stream);
        }
    }
}
