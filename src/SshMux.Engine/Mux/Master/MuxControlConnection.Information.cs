using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Master;

// What a client wants to know (MUX_C_EXT_INFO).
internal sealed partial class MuxControlConnection
{
    private const uint Unsupported = 0;

    private MuxInfoReply Tell(MuxInfoRequest request) => request.Name switch
    {
        MuxInformation.Connection =>
            new(request.RequestId, MuxInfoReply.Answered, _master.Connection.DescribeConnection()),
        MuxInformation.Channels =>
            new(request.RequestId, MuxInfoReply.Answered, MuxInformation.Fit(_master.Connection.DescribeChannels())),
        MuxProtocol.LoginExtension => new(request.RequestId, MuxInfoReply.Answered, _master.Options.Login.Format()),
        _ => new(request.RequestId, Unsupported, "info request type not supported"),
    };
}
