using SshMux.Engine.Sftp.Local;

namespace SshMux.Engine.Sftp.Copying;

/// <summary>A file of this machine that is being written.</summary>
/// <param name="File">The file.</param>
/// <param name="Name">The name that it has until it is whole; null if it keeps its name.</param>
/// <param name="Start">How much of it is there already.</param>
/// <param name="CanBeResumed">Whether another copy would find it.</param>
internal sealed record SftpDownloadPart(LocalFile File, string? Name, long Start, bool CanBeResumed);
