namespace SshMux.Engine.Transport;

/// <summary>
/// The layer above a <see cref="IMessageTransport"/>. Its methods are called one at a time, except
/// <see cref="OnWritable"/>, which may come at any time from any thread; none of them may block.
/// </summary>
internal interface IMessageReceiver
{
    /// <summary>
    /// One message, beginning with its message number; valid only during the call. An <see cref="SshException"/>
    /// thrown here ends the transport with it as the reason.
    /// </summary>
    void OnMessage(ReadOnlySpan<byte> message);

    /// <summary>The transport was congested and is no longer.</summary>
    void OnWritable();

    /// <summary>The transport has ended; nothing follows.</summary>
    void OnEnded(SshException reason);
}
