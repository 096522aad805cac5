namespace SshMux.Engine.Sftp.Copying;

/// <summary>What a file of a server is to replace, after links.</summary>
/// <param name="Path">Its path.</param>
/// <param name="IsDevice">Whether it is written to as it is.</param>
/// <param name="IsCopied">Whether the file is there already, as far as can be seen.</param>
internal readonly record struct SftpUploadTarget(string Path, bool IsDevice, bool IsCopied);
