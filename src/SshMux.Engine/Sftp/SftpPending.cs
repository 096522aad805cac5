namespace SshMux.Engine.Sftp;

/// <summary>Who waits for the reply to a request. All methods are called by the one reader of replies.</summary>
internal abstract class SftpPending
{
    /// <summary>When the request was made (<see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>).</summary>
    public long RequestedAt { get; set; }

    /// <summary>The reply. <paramref name="body"/> is valid during the call only.</summary>
    /// <exception cref="SshException">It is malformed, or of a type that does not answer the request: the server broke
    /// the protocol, and the whole session ends.</exception>
    public abstract void OnReply(byte type, ReadOnlySpan<byte> body);

    /// <summary>
    /// Whether the data of a reply (SSH_FXP_DATA) goes to <see cref="OnData"/> as it comes, in place of
    /// <see cref="OnReply"/>.
    /// </summary>
    public virtual bool TakesData => false;

    /// <summary>A reply with so many bytes of data has begun; they follow.</summary>
    /// <exception cref="SshException">They are not what was asked for: the server broke the protocol, and the whole
    /// session ends.</exception>
    public virtual void OnDataBegun(int length) => throw new NotSupportedException();

    /// <summary>The next bytes of a reply, valid during the call only.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="isLast">Whether they are the reply's last ones.</param>
    public virtual void OnData(ReadOnlySpan<byte> data, bool isLast) => throw new NotSupportedException();

    /// <summary>No reply will come, and why.</summary>
    public abstract void OnEnded(SshException reason);
}
