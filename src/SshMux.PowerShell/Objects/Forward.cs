using System.Management.Automation;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Wire;

namespace SshMux.PowerShell.Objects;

/// <summary>A forward of a master: it listens on one side, and connects from the other.</summary>
public sealed class Forward
{
    internal const string TypeName = "SshMux.Forward";

    private readonly ForwardSpec _spec;
    private readonly MuxForwardDescription? _description;

    internal Forward(Master master, ForwardSpec spec, int? allocatedPort)
    {
        Master = master;
        _spec = spec;
        ListenPort = allocatedPort ?? (spec.Listen.IsPath ? null : spec.Listen.Port);
    }

    internal Forward(Master master, MuxForwardDescription description)
        : this(master, description.Forward.ToSpec(), description.Port == 0 ? null : (int)description.Port) =>
        _description = description;

    /// <summary>The master that carries it.</summary>
    public Master Master { get; }

    /// <summary>
    /// Local: it listens on this machine and connects from the server; Remote: the other way; Dynamic: as Local, and
    /// SOCKS clients say where to.
    /// </summary>
    public string Kind => _spec.Kind.ToString();

    /// <summary>
    /// The address that it listens on (of the server, if it is remote), or the unix socket's path; "localhost" if none was
    /// named.
    /// </summary>
    public string ListenAddress =>
        _spec.Listen.Host.Length == 0 ? "localhost" : Printable.Lines(_spec.Listen.Host);

    /// <summary>The TCP port that it listens on, also if port 0 was asked for; null for a unix socket.</summary>
    public int? ListenPort { get; }

    /// <summary>
    /// The host that the other side connects to, or the unix socket's path; null if SOCKS clients say it.
    /// </summary>
    public string? ConnectHost => _spec.Connect is { } connect ? Printable.Lines(connect.Host) : null;

    /// <summary>The TCP port that the other side connects to; null for a unix socket, and for SOCKS.</summary>
    public int? ConnectPort => _spec.Connect is { IsPath: false } connect ? connect.Port : null;

    /// <summary>What was asked for, in ssh(1)'s syntax.</summary>
    public string Specification => Printable.Lines(_spec.ToString());

    /// <summary>
    /// How many connections it carried when it was listed; null from Add-SshMuxForward, and of a master of ssh.
    /// </summary>
    public long? Connections => _description?.Connections;

    /// <summary>How many it had carried in all; null where <see cref="Connections"/> is.</summary>
    public long? TotalConnections => _description?.TotalConnections;

    /// <summary>Bytes that its connections had sent to the server; null where <see cref="Connections"/> is.</summary>
    public long? BytesSent => (long?)_description?.Sent;

    /// <summary>Bytes that had come from there; null where <see cref="Connections"/> is.</summary>
    public long? BytesReceived => (long?)_description?.Received;

    /// <summary>When it was opened; null where <see cref="Connections"/> is.</summary>
    public DateTime? Opened => _description?.Opened.ToLocalTime();

    internal ForwardSpec Spec => _spec;

    /// <summary>What was asked for, in ssh(1)'s syntax.</summary>
    public override string ToString() => Specification;

    internal PSObject ToPSObject() => PSObjects.Named(this, TypeName);
}
