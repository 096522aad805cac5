namespace SshMux.Engine.Forwarding.Socks;

/// <summary>Where a <see cref="SocksHandshake"/> stands.</summary>
internal enum SocksStep
{
    /// <summary>More bytes are to come from the client.</summary>
    NeedsInput,

    /// <summary><see cref="SocksHandshake.Reply"/> is to be sent; then it goes on.</summary>
    Replies,

    /// <summary>The client has said where to connect.</summary>
    Requested,

    /// <summary>
    /// <see cref="SocksHandshake.Reply"/>, which may be empty, is to be sent, and the connection ended.
    /// </summary>
    Refused,
}
