using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Messages;

/// <summary>
/// A forward as the protocol names it. Two forwards are the same one if all five fields are equal, exactly; a port of
/// <see cref="MuxProtocol.StreamLocalPort"/> makes its host a unix socket's path.
/// </summary>
internal sealed record MuxForward(
    MuxForwardType Type, string ListenHost, uint ListenPort, string ConnectHost, uint ConnectPort)
{
    // What ssh(1) names as the target where a SOCKS client will name it.
    private const string NoTarget = "socks";

    /// <summary>Whether it passes the checks that ssh(1) makes before it opens one.</summary>
    public bool IsValid => this switch
    {
        { Type: not (MuxForwardType.Local or MuxForwardType.Remote or MuxForwardType.Dynamic) } => false,
        { Type: MuxForwardType.Dynamic, ListenPort: MuxProtocol.StreamLocalPort } => false,
        { Type: MuxForwardType.Local, ConnectPort: 0 } => false,
        { Type: not MuxForwardType.Dynamic, ConnectHost: "" } => false,
        { ListenHost: "", ListenPort: MuxProtocol.StreamLocalPort } => false,
        _ => true,
    };

    /// <summary>How many bytes <see cref="Write"/> writes.</summary>
    public long Length => 12L + SshWriter.StringLength(ListenHost) + SshWriter.StringLength(ConnectHost);

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

    /// <summary>Reads the fields; an unknown type is not malformed, because the master has an answer to it.</summary>
    public static MuxForward Read(ref SshReader reader) => new(
        (MuxForwardType)reader.ReadUInt32(),
        MuxFields.ReadText(ref reader),
        MuxFields.ReadPort(ref reader),
        MuxFields.ReadText(ref reader),
        MuxFields.ReadPort(ref reader));

    /// <summary>Sees to it that the fields may be sent.</summary>
    /// <exception cref="SshException"><see cref="SshError.NotSupported"/>: a NUL in a text.</exception>
    /// <exception cref="ArgumentException">An unknown type, or a number that is no port.</exception>
    public void Validate()
    {
        if (!Enum.IsDefined(Type)) throw new ArgumentException($"{Type} is not a forwarding type");
        MuxFields.DemandText(ListenHost);
        MuxFields.DemandPort(ListenPort);
        MuxFields.DemandText(ConnectHost);
        MuxFields.DemandPort(ConnectPort);
    }

    /// <summary>Writes the fields.</summary>
    public void Write(ref SshWriter writer)
    {
        writer.WriteUInt32((uint)Type);
        writer.WriteString(ListenHost);
        writer.WriteUInt32(ListenPort);
        writer.WriteString(ConnectHost);
        writer.WriteUInt32(ConnectPort);
    }
}
