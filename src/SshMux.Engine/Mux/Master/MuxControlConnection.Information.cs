using SshMux.Engine.Mux.Protocol;

namespace SshMux.Engine.Mux.Master;

// What a client wants to know (MUX_C_EXT_INFO).
internal sealed partial class MuxControlConnection
{
    private const uint Unsupported = 0;

    private MuxInfoReply Tell(MuxInfoRequest request) => request.Name switch
    {
        MuxInformation.Connection =>
            new(request.RequestId, MuxProtocol.InfoOk, _master.Connection.DescribeConnection()),
        MuxInformation.Channels =>
            new(request.RequestId, MuxProtocol.InfoOk, MuxInformation.Fit(_master.Connection.DescribeChannels())),
        MuxProtocol.LoginExtension => new(request.RequestId, MuxProtocol.InfoOk, _master.Options.Login.Format()),
        _ => new(request.RequestId, Unsupported, "info request type not supported"),
    };
}
