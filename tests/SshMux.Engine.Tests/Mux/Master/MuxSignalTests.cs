using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Platform;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Mux.Client;

namespace SshMux.Engine.Tests.Mux.Master;

/// <summary>Signals for the programs of sessions: the extension "signal@sshmux", and what comes of it in the server.</summary>
public class MuxSignalTests(MuxSshd server) : IClassFixture<MuxSshd>
{
    [Fact]
    public async Task A_program_is_sent_signals_by_a_server_that_does_that()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        var request = new SessionRequest { Command = "echo up; exec cat" };
        await using var over = await client.StartAsync(request);
        await using var direct = await master.Master.Connection.StartAsync(request, CancellationToken.None);
        foreach (var process in new[] { over, direct })
        {
            // Once it has written, it is there to be sent something.
            var up = new byte[3];
            await process.StandardOutput.ReadExactlyAsync(up);
            if (await process.SendSignalAsync("TERM", CancellationToken.None))
            {
                Assert.Null((await process.Exit).Status);
                continue;
            }

            // sshd before 9.8 does it for all but root.
            Assert.Equal("root", server.Sshd.UserName);
            await process.StandardInput.DisposeAsync();
            Assert.Equal(0u, (await process.Exit).Status);
        }
    }

    [Fact]
    public async Task A_subsystem_gets_none()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        await using var client = await MuxClient.ConnectAsync(master.Path);
        await using var process = await client.StartAsync(new() { Command = "sftp", Subsystem = true });
        Assert.False(await process.SendSignalAsync("INT", CancellationToken.None));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Only_a_master_that_announces_them_is_asked(bool announced)
    {
        MuxExtension[] extensions = announced ? [new(MuxExtensions.Signal, "1"u8.ToArray())] : [];
        using var master = new FakeMaster();
        var accepting = master.SayAsync(new MuxHello(MuxProtocol.Version, extensions));
        await using var client = await MuxClient.ConnectAsync(master.Path);
        using var peer = await accepting;
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        var opening = client.OpenSessionAsync(
            new MuxSessionRequest(), new SessionDescriptors(nothing, nothing, nothing));
        await peer.ReceiveAsync();
        await peer.SendAsync(new MuxAlive(Assert.IsType<MuxAliveCheck>(await peer.ReceiveAsync()).RequestId, 1));
        var request = Assert.IsType<MuxNewSession>(await peer.ReceiveAsync());
        Array.ForEach(await peer.ReceiveDescriptorsAsync(3), descriptor => descriptor.Dispose());
        await peer.SendAsync(new MuxSessionOpened(request.RequestId, 5));
        await using var session = await opening;
        var sending = session.SendSignalAsync("INT");
        if (announced)
        {
            var signal = Assert.IsType<MuxSignal>(await peer.ReceiveAsync());
            Assert.Equal("INT", signal.Name);
            await peer.SendAsync(new MuxOk(signal.RequestId));
        }

        Assert.Equal(announced, await sending);
    }

    [Theory]
    [InlineData("TERM", "there is no session to send a signal to")]
    [InlineData("", "there is no session to send a signal to")]
    public async Task Without_a_session_there_is_nobody_to_send_one_to(string name, string reason)
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        using var client = await RawClient.GreetAsync(master.Path);
        await client.Messages.SendAsync(new MuxSignal(7, name));
        Assert.Equal(new MuxFailure(7, reason), await client.ReceiveAsync());
    }
}
