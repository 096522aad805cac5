namespace SshMux.Engine.Sftp.Copying;

/// <summary>A session as one upload uses it.</summary>
/// <param name="client">The session.</param>
/// <param name="file">The file, as that session has it open.</param>
internal sealed class SftpLane(SftpClient client, SftpFile file)
{
    public SftpClient Client { get; } = client;

    public SftpFile File { get; } = file;

    /// <summary>How many bytes are on their way there.</summary>
    public long UnderWay { get; set; }
}
