namespace SshMux.Engine.Sftp;

/// <summary>An open file or folder of the server.</summary>
/// <param name="Handle">What the server calls it.</param>
/// <param name="Name">What it is called in errors: "web1:/var/log/syslog".</param>
internal sealed record SftpFile(byte[] Handle, string Name);
