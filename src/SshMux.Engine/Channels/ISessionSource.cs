namespace SshMux.Engine.Channels;

/// <summary>Where sessions come from: a connection, or what shares out the sessions of several.</summary>
internal interface ISessionSource
{
    /// <summary>Opens a session channel (RFC 4254 section 6.1).</summary>
    /// <exception cref="SshException"><see cref="SshError.ChannelOpenRefused"/>, or why the connection ended.</exception>
    Task<Channel> OpenSessionAsync(IChannelHandler handler, CancellationToken cancellationToken);
}
