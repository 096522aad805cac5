namespace SshMux.Engine.Forwarding.Socks;

/// <summary>
/// What a SOCKS client is told about its request; the numbers are the replies of RFC 1928 section 6. To a client of
/// SOCKS 4 everything but success is one code.
/// </summary>
internal enum SocksReply : byte
{
    Succeeded = 0,
    GeneralFailure = 1,
    NotAllowed = 2,
    NetworkUnreachable = 3,
    HostUnreachable = 4,
    ConnectionRefused = 5,
    TimedOut = 6,
    CommandNotSupported = 7,
    AddressTypeNotSupported = 8,
}
