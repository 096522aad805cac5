using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>A session of a master, whoever's it is, as the extension "sessions@sshmux" tells it.</summary>
internal sealed record MuxSessionDescription
{
    /// <summary>Its number, which no other session of the master gets.</summary>
    public uint Number { get; init; }

    /// <summary>What its client calls it; empty: nothing.</summary>
    public string Name { get; init; } = "";

    /// <summary>What it is.</summary>
    public MuxSessionKind Kind { get; init; }

    /// <summary>Where it is in its life.</summary>
    public MuxSessionState State { get; init; }

    /// <summary>The command or the subsystem's name, as bytes (<see cref="ByteText"/>); empty for a shell.</summary>
    public string Command { get; init; } = "";

    /// <summary>The client's process; 0 if that is not known.</summary>
    public uint ClientProcessId { get; init; }

    /// <summary>When it was asked for.</summary>
    public DateTime Asked { get; init; }

    /// <summary>TERM of its terminal; empty: it has none.</summary>
    public string Term { get; init; } = "";

    /// <summary>The terminal's width in characters.</summary>
    public uint Columns { get; init; }

    /// <summary>The terminal's height in lines.</summary>
    public uint Rows { get; init; }

    /// <summary>Bytes that have gone to the server.</summary>
    public ulong Sent { get; init; }

    /// <summary>Bytes that have come from the server.</summary>
    public ulong Received { get; init; }

    /// <summary>Bytes per second to the server, over the last second.</summary>
    public ulong SendRate { get; init; }

    /// <summary>Bytes per second from the server, over the last second.</summary>
    public ulong ReceiveRate { get; init; }

    /// <summary>How many bytes <see cref="Write"/> writes, without the length before them.</summary>
    public int Length => (6 * 4) + (5 * 8)
        + SshWriter.StringLength(Name) + SshWriter.StringLength(Command) + SshWriter.StringLength(Term);

    /// <summary>Reads one; fields of a later version are left alone.</summary>
    public static MuxSessionDescription Read(ref SshReader list)
    {
        var reader = new SshReader(list.ReadString());
        return new()
        {
            Number = reader.ReadUInt32(),
            Name = ByteText.Decode(reader.ReadString()),
            Kind = Known((MuxSessionKind)reader.ReadUInt32()),
            State = Known((MuxSessionState)reader.ReadUInt32()),
            Command = ByteText.Decode(reader.ReadString()),
            ClientProcessId = reader.ReadUInt32(),
            Asked = MuxTime.Read(ref reader),
            Term = ByteText.Decode(reader.ReadString()),
            Columns = reader.ReadUInt32(),
            Rows = reader.ReadUInt32(),
            Sent = reader.ReadUInt64(),
            Received = reader.ReadUInt64(),
            SendRate = reader.ReadUInt64(),
            ReceiveRate = reader.ReadUInt64(),
        };
    }

    /// <summary>Writes it as a string, so that fields can be added.</summary>
    public void Write(ref SshWriter writer)
    {
        writer.WriteUInt32((uint)Length);
        writer.WriteUInt32(Number);
        writer.WriteString(Name);
        writer.WriteUInt32((uint)Kind);
        writer.WriteUInt32((uint)State);
        writer.WriteString(Command);
        writer.WriteUInt32(ClientProcessId);
        MuxTime.Write(ref writer, Asked);
        writer.WriteString(Term);
        writer.WriteUInt32(Columns);
        writer.WriteUInt32(Rows);
        writer.WriteUInt64(Sent);
        writer.WriteUInt64(Received);
        writer.WriteUInt64(SendRate);
        writer.WriteUInt64(ReceiveRate);
    }

    private static T Known<T>(T value)
        where T : struct, Enum => Enum.IsDefined(value) ? value : default;
}
