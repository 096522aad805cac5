using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.Engine.Mux.Sessions;

/// <summary>What is known of a session when it is asked for.</summary>
internal sealed record MuxSessionStart
{
    /// <summary>What its client calls it; empty: nothing.</summary>
    public string Name { get; init; } = "";

    /// <summary>What it is.</summary>
    public MuxSessionKind Kind { get; init; }

    /// <summary>The command or the subsystem's name.</summary>
    public ReadOnlyMemory<byte> Command { get; init; }

    /// <summary>TERM of its terminal; empty: it has none.</summary>
    public string Term { get; init; } = "";

    /// <summary>The client's process; 0 if that is not known.</summary>
    public int ClientProcessId { get; init; }
}
