using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Connecting;
using SshMux.Engine.Tests.Support;
using Candidate = SshMux.Engine.Connecting.AddressRace.Candidate;

namespace SshMux.Engine.Tests.Connecting;

/// <summary>The first of several addresses that answers, with real sockets on loopback.</summary>
public sealed class AddressRaceTests : IDisposable
{
    private readonly List<Candidate> _tried = [];
    private TimeSpan _delay = AddressRace.AttemptDelay;
    private readonly List<Socket> _attempts = [];
    private readonly List<Socket> _servers = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        foreach (var socket in _attempts.Concat(_servers)) socket.Dispose();
    }

    [Theory]
    [InlineData("::1 ::2 ::3 127.0.0.1 127.0.0.2", "::1 127.0.0.1 ::2 127.0.0.2 ::3")]
    [InlineData("127.0.0.1 127.0.0.2 ::1", "127.0.0.1 ::1 127.0.0.2")]
    [InlineData("127.0.0.2 127.0.0.1 127.0.0.2", "127.0.0.2 127.0.0.1")]
    public void The_families_take_turns(string given, string expected) => Assert.Equal(
        expected, string.Join(' ', AddressRace.Order([.. given.Split(' ').Select(IPAddress.Parse)]).AsEnumerable()));

    [Fact]
    public async Task The_first_address_wins_if_it_answers()
    {
        var (one, two) = (Listen("127.0.0.1"), Listen("127.0.0.2"));
        using var socket = await WinAsync(one, two);
        Assert.Equal(one, socket.RemoteEndPoint);
        Assert.Equal([new Candidate(one, null)], _tried);
    }

    [Fact]
    public async Task Behind_an_address_that_refuses_the_next_one_is_tried_at_once()
    {
        var watch = Stopwatch.StartNew();
        _delay = TimeSpan.FromMinutes(1);
        using var socket = await WinAsync(Refusing("127.0.0.3"), Refusing("127.0.0.4"), Listen("127.0.0.2"));
        Assert.Equal("127.0.0.2", Address(socket));
        Assert.True(watch.Elapsed < _delay, $"it took {watch.Elapsed}");
    }

    [Fact]
    public async Task Beside_an_address_that_is_silent_the_next_one_is_tried()
    {
        using var silent = await SilentListener.StartAsync(IPAddress.IPv6Loopback);
        using var socket = await WinAsync(silent.EndPoint, Listen("127.0.0.2"));
        Assert.Equal("127.0.0.2", Address(socket));

        // The attempt that lost is over when the winner is there.
        Assert.Equal(2, _tried.Count);
        Assert.Equal([true, false], _attempts.Select(attempt => attempt.SafeHandle.IsClosed));
    }

    [Fact]
    public async Task A_slow_address_can_still_win()
    {
        var late = new TaskCompletionSource();
        var (one, two) = (Listen("127.0.0.1"), Refusing("127.0.0.3"));
        var race = AddressRace.RunAsync(
            [new Candidate(one, null), new Candidate(two, null)],
            async (candidate, cancellationToken) =>
            {
                if (!candidate.To.Equals(two))
                {
                    await late.Task.WaitAsync(cancellationToken);
                    return await ConnectAsync(candidate, cancellationToken);
                }

                late.SetResult();
                return await ConnectAsync(candidate, cancellationToken);
            },
            _delay,
            NullLogger.Instance,
            Token);
        var (socket, failures) = await race;
        using (socket) Assert.Equal("127.0.0.1", Address(socket!));
        Assert.All(failures, failure => Assert.Equal("127.0.0.3", failure.Address.ToString()));
    }

    [Fact]
    public async Task Two_that_connect_at_once_leave_one_socket()
    {
        // Both are in the air, and answer before anybody looks.
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (one, two) = (Listen("127.0.0.1"), Listen("127.0.0.2"));
        var made = new List<Socket>();
        var (winner, _) = await AddressRace.RunAsync(
            [new Candidate(one, null), new Candidate(two, null)],
            async (candidate, cancellationToken) =>
            {
                if (candidate.To.Equals(two)) go.SetResult();
                await go.Task;
                var socket = await ConnectAsync(candidate, CancellationToken.None);
                lock (made) made.Add(socket);
                return socket;
            },
            _delay,
            NullLogger.Instance,
            Token);
        Assert.Equal(2, made.Count);
        Assert.False(winner!.SafeHandle.IsClosed);
        Assert.True(made.Single(socket => socket != winner).SafeHandle.IsClosed);
        winner.Dispose();
    }

    [Fact]
    public async Task All_reasons_are_given_if_none_answers()
    {
        var (socket, failures) = await RunAsync(Refusing("127.0.0.3"), Refusing("::1"));
        Assert.Null(socket);
        Assert.Equal(["127.0.0.3", "::1"], failures.Select(failure => failure.Address.ToString()));
        Assert.All(failures, failure => Assert.Equal(
            SocketError.ConnectionRefused, failure.Reason.SocketErrorCode));
    }

    [Fact]
    public async Task Cancelling_ends_every_attempt()
    {
        using var one = await SilentListener.StartAsync(IPAddress.Loopback);
        using var two = await SilentListener.StartAsync(IPAddress.IPv6Loopback);
        using var limit = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AddressRace.RunAsync(
            [new Candidate(one.EndPoint, null), new Candidate(two.EndPoint, null)],
            (candidate, cancellationToken) =>
            {
                if (_tried.Count == 1) limit.CancelAfter(TimeSpan.FromMilliseconds(50));
                return ConnectAsync(candidate, cancellationToken);
            },
            _delay,
            NullLogger.Instance,
            limit.Token));
        Assert.Equal(2, _tried.Count);
        Assert.All(_attempts, attempt => Assert.True(attempt.SafeHandle.IsClosed));
    }

    private static string Address(Socket socket) => ((IPEndPoint)socket.RemoteEndPoint!).Address.ToString();

    private IPEndPoint Listen(string address) => Bind(address, listens: true);

    /// <summary>Reserved, so that nobody else listens there either.</summary>
    private IPEndPoint Refusing(string address) => Bind(address, listens: false);

    private IPEndPoint Bind(string address, bool listens)
    {
        var ip = IPAddress.Parse(address);
        var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _servers.Add(socket);
        socket.Bind(new IPEndPoint(ip, 0));
        if (listens) socket.Listen();
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    private async Task<Socket> ConnectAsync(Candidate candidate, CancellationToken cancellationToken)
    {
        var socket = new Socket(candidate.To.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        lock (_tried)
        {
            _tried.Add(candidate);
            _attempts.Add(socket);
        }

        try
        {
            await socket.ConnectAsync(candidate.To, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private Task<(Socket? Socket, List<(IPAddress Address, SocketException Reason)> Failures)> RunAsync(
        params IPEndPoint[] addresses) => AddressRace.RunAsync(
            [.. addresses.Select(address => new Candidate(address, null))],
            ConnectAsync,
            _delay,
            NullLogger.Instance,
            Token);

    private async Task<Socket> WinAsync(params IPEndPoint[] addresses)
    {
        var (socket, _) = await RunAsync(addresses);
        Assert.NotNull(socket);
        return socket;
    }
}
