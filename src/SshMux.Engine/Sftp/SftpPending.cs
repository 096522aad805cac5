namespace SshMux.Engine.Sftp;

/// <summary>Who waits for the reply to a request. Both methods are called by the one reader of replies.</summary>
internal abstract class SftpPending
{
    /// <summary>The reply. <paramref name="body"/> is valid during the call only.</summary>
    /// <exception cref="SshException">It is malformed, or of a type that does not answer the request: the server broke
    /// the protocol, and the whole session ends.</exception>
    public abstract void OnReply(byte type, ReadOnlySpan<byte> body);

    /// <summary>No reply will come, and why.</summary>
    public abstract void OnEnded(SshException reason);
}
