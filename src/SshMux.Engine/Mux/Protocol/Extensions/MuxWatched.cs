using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>MUX_S_WATCHED: what has gone through a session, after <see cref="MuxWatch"/>.</summary>
/// <param name="RequestId">That of the <see cref="MuxWatch"/>.</param>
/// <param name="Session">The session's number.</param>
/// <param name="Kind">What it tells.</param>
/// <param name="Time">When, in UTC.</param>
/// <param name="Count">How many bytes there were: as many as <paramref name="Data"/> has, or were lost.</param>
/// <param name="Data">The data.</param>
internal sealed record MuxWatched(
    uint RequestId, uint Session, MuxWatchedKind Kind, DateTime Time, ulong Count, ReadOnlyMemory<byte> Data) : MuxMessage
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0xd3000004;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override uint First => RequestId;

    /// <inheritdoc />
    public override long FieldsLength => 28L + Data.Length;

    /// <summary>Reads what follows the id.</summary>
    public static MuxWatched Read(uint requestId, ref SshReader reader) => new(
        requestId,
        reader.ReadUInt32(),
        (MuxWatchedKind)reader.ReadUInt32(),
        MuxTime.Read(ref reader),
        reader.ReadUInt64(),
        reader.ReadString().ToArray());

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer)
    {
        writer.WriteUInt32(Session);
        writer.WriteUInt32((uint)Kind);
        MuxTime.Write(ref writer, Time);
        writer.WriteUInt64(Count);
        writer.WriteString(Data.Span);
    }
}
