namespace SshMux.Engine.Transport.Packets;

/// <summary>Where a <see cref="SendLoop"/> writes to, and who is told how it goes on.</summary>
internal interface ISendTarget
{
    /// <summary>How many bytes wait to be put into the queue later. Asked for under the lock.</summary>
    int Held => 0;

    /// <summary>
    /// Whether what is in the queue must not leave yet; then somebody flushes again later. Asked for under the lock.
    /// </summary>
    bool MustWait => false;

    /// <summary>Writes all of it. There is one write at a time.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Some of the queue is written. Called under the lock.</summary>
    void OnWritten()
    {
    }

    /// <summary>All of the queue is written. Called under the lock.</summary>
    void OnEmpty()
    {
    }

    /// <summary>It was congested and is no longer. Called on any thread, without the lock; must not block.</summary>
    void OnWritable();

    /// <summary>A write has failed: nothing more is written. Called without the lock.</summary>
    void OnWriteFailed(Exception e);
}
