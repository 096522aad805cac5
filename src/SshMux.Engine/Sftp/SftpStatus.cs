namespace SshMux.Engine.Sftp;

/// <summary>A server's answer to a request: a code, and its own words, which are not safe for a terminal yet.</summary>
internal readonly record struct SftpStatus(SftpStatusCode Code, string Message);
