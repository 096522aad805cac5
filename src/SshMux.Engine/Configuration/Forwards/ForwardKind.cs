namespace SshMux.Engine.Configuration.Forwards;

/// <summary>What a forward does; the numbers are those of PROTOCOL.mux.</summary>
public enum ForwardKind
{
    /// <summary>Listens here and has the server connect (ssh -L).</summary>
    Local = 1,

    /// <summary>Listens on the server and connects from here (ssh -R).</summary>
    Remote = 2,

    /// <summary>Listens here and has the server connect where a SOCKS client asks for (ssh -D).</summary>
    Dynamic = 3,
}
