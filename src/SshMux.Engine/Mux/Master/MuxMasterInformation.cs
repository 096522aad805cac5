using SshMux.Engine.Mux.Locking;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Mux.Reconnecting;

namespace SshMux.Engine.Mux.Master;

/// <summary>What a master tells a client that wants to know (MUX_C_EXT_INFO).</summary>
internal static class MuxMasterInformation
{
    /// <summary>The answer to a request.</summary>
    public static MuxInfoReply Answer(
        MuxInfoRequest request, SharedConnection shared, MuxLogin login, MuxLock mux) =>
        request.Name switch
        {
            MuxInformation.Connection => Answer(request, shared.Connection.DescribeConnection()),
            MuxInformation.Channels => Answer(request, MuxInformation.Fit(shared.DescribeChannels())),
            MuxExtensions.Login => Answer(
                request, (login with { Lost = shared.Lost?.Message, Lock = mux.Description }).Format()),
            _ => new(request.RequestId, MuxInfoReply.Unsupported, "info request type not supported"),
        };

    private static MuxInfoReply Answer(MuxInfoRequest request, string text) =>
        new(request.RequestId, MuxInfoReply.Answered, text);
}
