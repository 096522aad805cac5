using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>MUX_S_FORWARDS: the master's forwards, the answer to <see cref="MuxListForwards"/>.</summary>
/// <param name="RequestId">The request's.</param>
/// <param name="HasMore">Whether there are more than one message carries: ask again, after the last number.</param>
/// <param name="All">The forwards, by their numbers.</param>
internal sealed record MuxForwards(uint RequestId, bool HasMore, IReadOnlyList<MuxForwardDescription> All)
    : MuxReply(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0xd3000003;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => 8L + All.Sum(forward => 4L + forward.Length);

    /// <summary>Reads what follows the id.</summary>
    public static MuxForwards Read(uint requestId, ref SshReader reader)
    {
        var hasMore = MuxFields.ReadFlag(ref reader);
        return new(requestId, hasMore, MuxList.Read(ref reader, MuxForwardDescription.Read));
    }

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer)
    {
        MuxFields.WriteFlag(ref writer, HasMore);
        writer.WriteUInt32((uint)All.Count);
        foreach (var forward in All) forward.Write(ref writer);
    }
}
