namespace SshMux.Engine.Sftp.Local;

/// <summary>Which file of this machine it is, whatever its names are.</summary>
/// <param name="Volume">The file system: the device on Unix, the volume's serial number on Windows.</param>
/// <param name="Number">The file in it: the inode on Unix.</param>
internal readonly record struct LocalFileId(ulong Volume, UInt128 Number);
