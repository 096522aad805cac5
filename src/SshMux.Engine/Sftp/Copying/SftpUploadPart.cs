namespace SshMux.Engine.Sftp.Copying;

/// <summary>A file of a server that is being written.</summary>
/// <param name="File">The file, with the name in errors that it is to get.</param>
/// <param name="Name">The path that it has until it is whole; null if it keeps its name.</param>
/// <param name="Start">How much of it is there already.</param>
/// <param name="CanBeResumed">Whether another copy would find it.</param>
internal sealed record SftpUploadPart(SftpFile File, string? Name, long Start, bool CanBeResumed);
