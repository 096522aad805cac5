using SshMux.Engine.Configuration.Forwards;

namespace SshMux.Engine.Mux.Protocol;

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
    MuxForwardType Type, string ListenHost, uint ListenPort, string ConnectHost, uint ConnectPort)
{
    // What ssh(1) names as the target where a SOCKS client will name it.
    private const string NoTarget = "socks";

    /// <summary>What <paramref name="spec"/> is called in the protocol, as ssh(1) calls it.</summary>
    public static MuxForward From(ForwardSpec spec) => new(
        spec.Kind switch
        {
            ForwardKind.Local => MuxForwardType.Local,
            ForwardKind.Remote => MuxForwardType.Remote,
            _ => MuxForwardType.Dynamic,
        },
        spec.Listen.Host,
        (uint)spec.Listen.Port,
        spec.Connect?.Host ?? NoTarget,
        (uint)(spec.Connect?.Port ?? 0));

    /// <summary>The forward that this stands for.</summary>
    public ForwardSpec ToSpec() => new(
        Type switch
        {
            MuxForwardType.Local => ForwardKind.Local,
            MuxForwardType.Remote => ForwardKind.Remote,
            _ => ForwardKind.Dynamic,
        },
        new ForwardEndpoint(ListenHost, (int)ListenPort),
        Type == MuxForwardType.Dynamic || ConnectPort == 0 ? null : new ForwardEndpoint(ConnectHost, (int)ConnectPort));
}
