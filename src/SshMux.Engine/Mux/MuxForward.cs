namespace SshMux.Engine.Mux;

/// <summary>What a forward does (the forwarding type of MUX_C_OPEN_FWD).</summary>
internal enum MuxForwardType : uint
{
    /// <summary>Listens here and connects from the server (ssh -L).</summary>
    Local = 1,

    /// <summary>Listens on the server and connects from here (ssh -R).</summary>
    Remote = 2,

    /// <summary>Listens here and speaks SOCKS (ssh -D).</summary>
    Dynamic = 3,
}

/// <summary>
/// A forward as the protocol names it. Two forwards are the same one if all five fields are equal, exactly; a port of
/// <see cref="MuxProtocol.StreamLocalPort"/> makes its host a unix socket's path.
/// </summary>
internal sealed record MuxForward(
    MuxForwardType Type, string ListenHost, uint ListenPort, string ConnectHost, uint ConnectPort);
