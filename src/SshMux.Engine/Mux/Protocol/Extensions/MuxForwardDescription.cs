using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>A forward of a master, whoever asked for it, as the extension "sessions@sshmux" tells it.</summary>
internal sealed record MuxForwardDescription
{
    /// <summary>Its number, which no other forward of the master gets.</summary>
    public uint Number { get; init; }

    /// <summary>What was asked for.</summary>
    public required MuxForward Forward { get; init; }

    /// <summary>The TCP port that it listens on, also if port 0 was asked for; 0 for a unix socket.</summary>
    public uint Port { get; init; }

    /// <summary>When it was opened.</summary>
    public DateTime Opened { get; init; }

    /// <summary>How many connections it carries now.</summary>
    public uint Connections { get; init; }

    /// <summary>How many it has carried, those of now among them.</summary>
    public uint TotalConnections { get; init; }

    /// <summary>Bytes that its connections have sent to the server.</summary>
    public ulong Sent { get; init; }

    /// <summary>Bytes that have come from the server for them.</summary>
    public ulong Received { get; init; }

    /// <summary>How many bytes <see cref="Write"/> writes, without the length before them.</summary>
    public int Length => (4 * 4) + (3 * 8) + (int)Forward.Length;

    /// <summary>Reads one; fields of a later version are left alone.</summary>
    public static MuxForwardDescription Read(ref SshReader list)
    {
        var reader = new SshReader(list.ReadString());
        return new()
        {
            Number = reader.ReadUInt32(),
            Forward = MuxForward.Read(ref reader),
            Port = reader.ReadUInt32(),
            Opened = MuxTime.Read(ref reader),
            Connections = reader.ReadUInt32(),
            TotalConnections = reader.ReadUInt32(),
            Sent = reader.ReadUInt64(),
            Received = reader.ReadUInt64(),
        };
    }

    /// <summary>Writes it as a string, so that fields can be added.</summary>
    public void Write(ref SshWriter writer)
    {
        writer.WriteUInt32((uint)Length);
        writer.WriteUInt32(Number);
        Forward.Write(ref writer);
        writer.WriteUInt32(Port);
        MuxTime.Write(ref writer, Opened);
        writer.WriteUInt32(Connections);
        writer.WriteUInt32(TotalConnections);
        writer.WriteUInt64(Sent);
        writer.WriteUInt64(Received);
    }
}
