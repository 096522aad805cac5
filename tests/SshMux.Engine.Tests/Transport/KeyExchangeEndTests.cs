using SshMux.Engine.Transport;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.ScriptedServer;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

/// <summary>First key exchanges that the user, the caller or the server ends.</summary>
public class KeyExchangeEndTests
{
    [Fact]
    public async Task A_refused_host_key_ends_with_the_reason_given_and_no_keys_in_use()
    {
        await using var server = await OpenAsync(strict: true);
        var refusal = new SshException(SshError.HostKeyChanged, "not this one");
        var connecting = server.ConnectClientAsync(new SshTransportOptions { VerifyHostKey = (_, _) => throw refusal });
        await server.ExchangeVersionsAsync();
        await server.SendKexInitAsync();
        await server.ReadKexInitAsync();
        await server.AnswerKeyExchangeAsync();
        Assert.Same(refusal, await Assert.ThrowsAsync<SshException>(() => connecting.WaitAsync(Patience)));
        var goodbye = await server.ReadAsync();
        Assert.Equal((MessageNumber.Disconnect, 9), (goodbye[0], goodbye[4]));
        await Assert.ThrowsAsync<EndOfStreamException>(server.ReadAsync);
    }

    [Fact]
    public async Task An_unexpected_failure_of_the_host_key_check_refuses()
    {
        await using var server = await OpenAsync(strict: true);
        var connecting = server.ConnectClientAsync(new SshTransportOptions
        {
            VerifyHostKey = (_, _) => throw new IOException("disk on fire"),
        });
        await server.ExchangeVersionsAsync();
        await server.SendKexInitAsync();
        await server.ReadKexInitAsync();
        await server.AnswerKeyExchangeAsync();
        var error = await Assert.ThrowsAsync<SshException>(() => connecting.WaitAsync(Patience));
        Assert.Equal(SshError.HostKeyUnknown, error.Error);
        Assert.Contains("disk on fire", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Connecting_can_be_cancelled_at_every_step(int step)
    {
        using var cancellation = new CancellationTokenSource();
        await using var server = await OpenAsync(strict: true);
        var asked = new TaskCompletionSource();
        var connecting = server.ConnectClientAsync(
            new SshTransportOptions
            {
                VerifyHostKey = async (_, token) =>
                {
                    asked.SetResult();
                    if (step == 4) await Task.Delay(-1, token);
                },
            },
            cancellation.Token);
        if (step > 0) await server.ExchangeVersionsAsync();
        if (step > 1) await server.SendKexInitAsync();
        if (step > 2)
        {
            await server.ReadKexInitAsync();
            await server.AnswerKeyExchangeAsync();
            await asked.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        }

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.WaitAsync(Patience));
        Assert.False(server.Client.CanRead);
    }

    [Fact]
    public async Task Cancelled_before_it_begins()
    {
        await using var server = await OpenAsync(strict: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => server.ConnectClientAsync(cancellationToken: new CancellationToken(canceled: true)));
        Assert.False(server.Client.CanRead);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_closes_during_the_exchange_is_a_lost_connection(bool reset)
    {
        await using var server = await OpenAsync(strict: true);
        var connecting = server.ConnectClientAsync();
        await server.ExchangeVersionsAsync();
        await server.ReadKexInitAsync();
        if (reset) server.Stream.Socket.LingerState = new(true, 0);
        await server.Stream.DisposeAsync();
        var error = await Assert.ThrowsAsync<SshException>(() => connecting.WaitAsync(Patience));
        Assert.Equal(SshError.ConnectionLost, error.Error);
        Assert.Contains("during the key exchange", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disconnect_during_the_exchange_keeps_its_reason()
    {
        await using var server = await OpenAsync(strict: true);
        var connecting = server.ConnectClientAsync();
        await server.ExchangeVersionsAsync();
        await server.SendAsync(Encode(new DisconnectMessage(DisconnectReason.TooManyConnections, "come back later")));
        var error = await Assert.ThrowsAsync<SshException>(() => connecting.WaitAsync(Patience));
        Assert.Equal(SshError.Disconnected, error.Error);
        Assert.Equal("the server ended the connection: come back later", error.Message);
    }
}
