namespace SshMux.Engine.Sftp;

/// <summary>How a request went (SSH_FXP_STATUS, section 7 of draft-ietf-secsh-filexfer-02).</summary>
internal enum SftpStatusCode : uint
{
    Ok = 0,
    Eof = 1,
    NoSuchFile = 2,
    PermissionDenied = 3,
    Failure = 4,
    BadMessage = 5,
    NoConnection = 6,
    ConnectionLost = 7,
    NotSupported = 8,
}
