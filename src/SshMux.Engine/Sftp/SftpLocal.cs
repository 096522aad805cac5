using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Sftp;

/// <summary>Files of this machine, with errors that name them.</summary>
internal static class SftpLocal
{
    public const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public const UnixFileMode OwnerOnly = OwnerReadWrite | UnixFileMode.UserExecute;

    public const UnixFileMode AnyWrite = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Opens a file that others may write, replace or remove meanwhile.</summary>
    public static SafeFileHandle OpenToRead(string path)
    {
        try
        {
            return File.OpenHandle(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete,
                FileOptions.SequentialScan);
        }
        catch (Exception e) when (SftpErrors.IsLocal(e))
        {
            throw SftpErrors.Local("read", path, e);
        }
    }

    /// <summary>
    /// Opens a file to write; a new one gets a mode (less the umask). Only one copy can write a file at a time.
    /// </summary>
    /// <param name="path">The full path.</param>
    /// <param name="keep">Whether to keep what is in it.</param>
    /// <param name="isDevice">Whether it is one, which keeps nothing and anybody may write to.</param>
    /// <param name="mode">The mode of a new file.</param>
    /// <param name="shown">What to call it in an error.</param>
    public static FileStream OpenToWrite(
        string path, bool keep, bool isDevice, UnixFileMode mode, string shown)
    {
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.Write,
                Share = isDevice ? FileShare.ReadWrite : FileShare.None,
                BufferSize = 0,
            };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
            var file = new FileStream(path, options);
            if (!keep && !isDevice) Empty(file);
            return file;
        }
        catch (Exception e) when (SftpErrors.IsLocal(e))
        {
            throw SftpErrors.Local("write", shown, e);
        }
    }

    /// <summary>
    /// Not by <see cref="FileMode.Create"/>, which cuts new files, too: ext4 takes that for an old file that is replaced,
    /// and closing it waits until all of it is on its way to the disk.
    /// </summary>
    private static void Empty(FileStream file)
    {
        try
        {
            if (file.Length > 0) file.SetLength(0);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Makes a folder; with a mode (less the umask), where there are modes.</summary>
    public static void MakeFolder(string path, UnixFileMode? mode)
    {
        if (mode is null || OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, mode.Value);
    }

    /// <summary>Sets the mode, where there are modes.</summary>
    public static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
    }

    /// <summary>As above, of an open file.</summary>
    public static void SetMode(SafeFileHandle file, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, mode);
    }
}
