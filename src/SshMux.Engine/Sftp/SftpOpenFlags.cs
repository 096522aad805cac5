namespace SshMux.Engine.Sftp;

/// <summary>What a file is opened for (SSH_FXF_*, section 6.3 of draft-ietf-secsh-filexfer-02).</summary>
[Flags]
internal enum SftpOpenFlags : uint
{
    Read = 1,
    Write = 2,
    Create = 8,
    Truncate = 16,
    Exclusive = 32,
}
