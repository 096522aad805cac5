namespace SshMux.Engine.Mux.Protocol.Messages;

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
