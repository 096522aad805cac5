using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Engine.Streams;

/// <summary>
/// A connection that a server has made on our behalf, as one stream both ways, each of which ends on its own. Disposing
/// closes it both ways.
/// </summary>
public abstract class DuplexStream : UnseekableStream
{
    /// <inheritdoc />
    public override bool CanRead => true;

    /// <inheritdoc />
    public override bool CanWrite => true;

    /// <summary>Tells the peer that no more data follows, and goes on receiving (half-close).</summary>
    public abstract void CompleteWriting();
}
