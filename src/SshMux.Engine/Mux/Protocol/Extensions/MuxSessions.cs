using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>MUX_S_SESSIONS: the master's sessions, the answer to <see cref="MuxListSessions"/>.</summary>
/// <param name="RequestId">The request's.</param>
/// <param name="HasMore">Whether there are more than one message carries: ask again, after the last number.</param>
/// <param name="All">The sessions, by their numbers.</param>
internal sealed record MuxSessions(uint RequestId, bool HasMore, IReadOnlyList<MuxSessionDescription> All)
    : MuxReply(RequestId)
{
    /// <summary>The number of the kind.</summary>
    public const uint Number = 0xd3000002;

    /// <inheritdoc />
    public override uint Type => Number;

    /// <inheritdoc />
    public override long FieldsLength => 8L + All.Sum(session => 4L + session.Length);

    /// <summary>Reads what follows the id.</summary>
    public static MuxSessions Read(uint requestId, ref SshReader reader)
    {
        var hasMore = MuxFields.ReadFlag(ref reader);
        return new(requestId, hasMore, MuxList.Read(ref reader, MuxSessionDescription.Read));
    }

    /// <inheritdoc />
    public override void WriteFields(ref SshWriter writer)
    {
        MuxFields.WriteFlag(ref writer, HasMore);
        writer.WriteUInt32((uint)All.Count);
        foreach (var session in All) session.Write(ref writer);
    }
}
