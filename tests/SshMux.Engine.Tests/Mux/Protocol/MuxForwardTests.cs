using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Tests.Mux.Protocol;

public class MuxForwardTests
{
    /// <summary>On the right: what OpenSSH's client sends for the argument on the left.</summary>
    [Fact]
    public void Forwards_are_named_as_OpenSSH_names_them()
    {
        Check(ForwardSpec.ParseLocal("21001:127.0.0.1:22"), new(MuxForwardType.Local, "", 21001, "127.0.0.1", 22));
        Check(ForwardSpec.ParseLocal("*:21003:[::1]:22"), new(MuxForwardType.Local, "*", 21003, "::1", 22));
        Check(
            ForwardSpec.ParseLocal("/tmp/u:/tmp/v"),
            new(MuxForwardType.Local, "/tmp/u", 0xfffffffe, "/tmp/v", 0xfffffffe));
        Check(ForwardSpec.ParseRemote("0:127.0.0.1:22"), new(MuxForwardType.Remote, "", 0, "127.0.0.1", 22));
        Check(ForwardSpec.ParseRemote("1080"), new(MuxForwardType.Remote, "", 1080, "socks", 0));
        Check(ForwardSpec.ParseDynamic("localhost:1080"), new(MuxForwardType.Dynamic, "localhost", 1080, "socks", 0));
    }

    private static void Check(ForwardSpec spec, MuxForward forward)
    {
        Assert.Equal(forward, MuxForward.From(spec));
        Assert.Equal(spec, forward.ToSpec());
    }
}
