using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Platform;
using SshMux.Engine.Tests.Mux.Client;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Master;

/// <summary>Sessions whose client a shell stops and continues: the extension "suspend@sshmux".</summary>
public sealed class MuxSuspensionTests(MuxSshd server) : IClassFixture<MuxSshd>, IDisposable
{
    private const string Echo = "stty sane -echo; echo up; while read -r line; do echo \"got $line $(stty size)\"; done";

    private static readonly MuxMessage NotSuspended = new MuxFailure(8, "there is no session that is suspended");
    private readonly (DescriptorHandle Emulator, DescriptorHandle Local) _terminal = Descriptors.CreateTerminal();

    public void Dispose()
    {
        _terminal.Emulator.Dispose();
        _terminal.Local.Dispose();
    }

    [Fact]
    public async Task Nothing_is_read_or_written_until_the_client_resumes_and_then_the_size_is_the_new_one()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        using var client = await GreetAsync(master, MuxExtensions.OfStoppableClient);
        var session = await OpenAsync(client, Echo);
        await ExpectAsync("up\r\n");
        for (var round = 0; round < 2; round++)
        {
            Type("before\n");
            await ExpectAsync($"got before {(round == 0 ? "0 0" : "44 122")}\r\n");
            Type("~\x1a");
            Assert.Equal(new MuxSuspend(session), await client.ReceiveAsync());
            Descriptors.SetSize(_terminal.Emulator, rows: 44, columns: 122);
            Type("meanwhile\n");

            // ALIVE is answered, and the keys are still there for whoever reads them: the shell.
            await client.Messages.SendAsync(new MuxAliveCheck(5));
            Assert.IsType<MuxAlive>(await client.ReceiveAsync());
            await Eventually.TrueAsync(
                () => Descriptors.CountReadable(_terminal.Local) == "meanwhile\n".Length, "the terminal has passed them on");
            Assert.False(Descriptors.IsReadable(_terminal.Emulator));
            await client.Messages.SendAsync(new MuxResume(7));
            Assert.Equal(new MuxOk(7), await client.ReceiveAsync());
            await ExpectAsync("got meanwhile 44 122\r\n");
        }

        await client.Messages.SendAsync(new MuxResume(8));
        Assert.Equal(NotSuspended, await client.ReceiveAsync());
        Type("\x04");
        Assert.Equal(new MuxExitMessage(session, 0), await client.ReceiveAsync());
    }

    [Fact]
    public async Task A_client_that_did_not_announce_it_is_told_in_words()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        using var client = await GreetAsync(master);
        var session = await OpenAsync(client, Echo);
        await ExpectAsync("up\r\n");
        Type("~\x1a");
        await ExpectAsync("~^Z escape not available to multiplexed sessions\r\n");
        await client.Messages.SendAsync(new MuxResume(8));
        Assert.Equal(NotSuspended, await client.ReceiveAsync());
        Type("\x04");
        Assert.Equal(new MuxExitMessage(session, 0), await client.ReceiveAsync());
    }

    [Fact]
    public async Task Without_a_session_there_is_nothing_to_resume()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        using var client = await GreetAsync(master, MuxExtensions.OfStoppableClient);
        await client.Messages.SendAsync(new MuxResume(8));
        Assert.Equal(NotSuspended, await client.ReceiveAsync());
    }

    [Fact]
    public async Task The_session_of_a_client_that_goes_while_it_is_suspended_ends()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        using var client = await GreetAsync(master, MuxExtensions.OfStoppableClient);
        var session = await OpenAsync(client, "stty sane -echo; echo up; read x; yes");
        await ExpectAsync("up\r\n");
        Type("\n~\x1a");
        Assert.Equal(new MuxSuspend(session), await client.ReceiveAsync());
        client.Dispose();
        await Eventually.TrueAsync(() => master.Master.Connection.ChannelCount == 0, "the session has ended");
        await master.ExpectNothingLeftAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_did_not_announce_it_is_not_to_be_suspended(bool announced)
    {
        using var master = new FakeMaster();
        var accepting = master.SayAsync(FakeMaster.Hello);
        await using var client = await MuxClient.ConnectAsync(
            master.Path, new MuxClientOptions { Announced = announced ? [MuxExtensions.OfStoppableClient] : [] });
        using var peer = await accepting;
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        var opening = client.OpenSessionAsync(
            new MuxSessionRequest(), new SessionDescriptors(nothing, nothing, nothing));
        var hello = Assert.IsType<MuxHello>(await peer.ReceiveAsync());
        Assert.Equal(announced ? ["suspend@sshmux"] : [], hello.Extensions.Select(extension => extension.Name));
        await peer.SendAsync(new MuxAlive(Assert.IsType<MuxAliveCheck>(await peer.ReceiveAsync()).RequestId, 1));
        var request = Assert.IsType<MuxNewSession>(await peer.ReceiveAsync());
        Array.ForEach(await peer.ReceiveDescriptorsAsync(3), descriptor => descriptor.Dispose());
        await peer.SendAsync(new MuxSessionOpened(request.RequestId, 5));
        await using var session = await opening;
        await peer.SendAsync(new MuxSuspend(5));
        if (!announced)
        {
            var e = await Assert.ThrowsAsync<SshException>(() => session.Ended);
            Assert.Equal(SshError.MuxProtocolError, e.Error);
            return;
        }

        await session.Suspended.WaitAsync(TimeSpan.FromSeconds(30));
        var resuming = session.ResumeAsync();
        Assert.False(session.Suspended.IsCompleted);
        await peer.SendAsync(new MuxOk(Assert.IsType<MuxResume>(await peer.ReceiveAsync()).RequestId));
        await resuming;
        resuming = session.ResumeAsync();
        await peer.SendAsync(new MuxFailure(Assert.IsType<MuxResume>(await peer.ReceiveAsync()).RequestId, "no"));
        Assert.Equal(SshError.MuxRefused, (await Assert.ThrowsAsync<SshException>(() => resuming)).Error);
    }

    private static async Task<RawClient> GreetAsync(OurMaster master, params MuxExtension[] announced)
    {
        var client = await RawClient.ConnectAsync(master.Path);
        await client.Messages.SendAsync(new MuxHello(MuxProtocol.Version, announced));
        return client;
    }

    private async Task<uint> OpenAsync(RawClient client, string command)
    {
        var request = RawClient.Session(1, command, tty: true) with { EscapeCharacter = '~' };
        await client.Messages.SendAsync(request, _terminal.Local, _terminal.Local, _terminal.Local);
        return Assert.IsType<MuxSessionOpened>(await client.ReceiveAsync()).SessionId;
    }

    private void Type(string keys) => Descriptors.Write(_terminal.Emulator, System.Text.Encoding.ASCII.GetBytes(keys));

    private async Task ExpectAsync(string text)
    {
        var shown = await Task.Run(() => Descriptors.ReadExactly(_terminal.Emulator, text.Length))
            .WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(text, System.Text.Encoding.ASCII.GetString(shown));
    }
}
