using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Sftp.Local;

/// <summary>
/// A file of this machine that is being written. Others may be able to write in its folder: nothing that somebody put
/// at its name is followed or written into, and what gets another name is this very file.
/// </summary>
/// <param name="handle">The open file.</param>
internal abstract class LocalFile(SafeFileHandle handle) : IDisposable
{
    /// <summary>The open file.</summary>
    public SafeFileHandle Handle { get; } = handle;

    /// <summary>Cuts the file, or does nothing if it is not longer.</summary>
    /// <exception cref="IOException">It cannot be cut.</exception>
    public void CutTo(long length)
    {
        // Not if there is nothing to cut: ext4 takes a cut file for an old one that is replaced, and closing it waits
        // until all of it is on its way to the disk.
        if (RandomAccess.GetLength(Handle) > length) RandomAccess.SetLength(Handle, length);
    }

    /// <summary>Gives it another name, in place of a file that has it.</summary>
    /// <exception cref="SshException">It cannot be, or its name means another file by now.</exception>
    public abstract void Rename(string path);

    /// <summary>Removes it, if its name still means it. What failed before is told; this is not.</summary>
    public abstract void RemoveQuietly();

    /// <summary>Closes the file; from then on everybody may open it.</summary>
    public virtual void Dispose()
    {
        Handle.Dispose();
        GC.SuppressFinalize(this);
    }
}
