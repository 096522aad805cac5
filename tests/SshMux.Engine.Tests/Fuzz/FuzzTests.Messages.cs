using System.Buffers.Binary;
using System.Net.Sockets;
using SshMux.Engine.Authentication;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Forwarding.Socks;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Tests.Transport;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Fuzz;

// What comes over a connection.
public sealed partial class FuzzTests
{
    /// <summary>Several messages in one input, each behind its length.</summary>
    private static byte[] Several(Mutator mutator, byte[][] seeds)
    {
        var input = new MemoryStream();
        for (var count = mutator.Next(8) + 1; count > 0; count--)
        {
            input.Write(Frame(mutator.Mutate(seeds)));
        }

        return input.ToArray();
    }

    private static IEnumerable<byte[]> Messages(byte[] input)
    {
        for (var at = 0; at < input.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(input.AsSpan(at));
            if (length > 0) yield return input[(at + 4)..(at + 4 + length)];
            at += 4 + length;
        }
    }

    /// <summary>A server's messages to channels that are open, being opened, closed and not there.</summary>
    private static Target ConnectionMessages()
    {
        byte[][] seeds =
        [
            .. Corpus.Of("messages"),
            Open("forwarded-tcpip"), Open("forwarded-streamlocal@openssh.com"), Open("x11"),
            [MessageNumber.GlobalRequest, 0, 0, 0, 1, 65, 1],
            [MessageNumber.RequestSuccess, 0, 0, 0, 22],
            [MessageNumber.RequestFailure],
        ];
        return new Target(
            mutator => Several(mutator, seeds),
            async input =>
            {
                var connection = ScriptedConnection.Connect(out var server);
                connection.RemoteForwards.Add(new ForwardEndpoint("localhost", 8080), _ => { });
                var opening = connection.OpenSessionAsync(new RecordingHandler(), default);
                var second = connection.OpenSessionAsync(new RecordingHandler(), default);
                server.Take();
                server.Confirm();
                var channel = await second;
                var asking = channel.RequestExecAsync("x");
                var listening = connection.RequestAsync("tcpip-forward", []);
                foreach (var message in Messages(input))
                {
                    if (connection.Ended.IsCompleted) break;
                    server.Deliver(message);
                }

                // Whatever it was, everybody who waits learns of the end.
                connection.Close(new SshException(SshError.Stopped, "the end"));
                foreach (var task in new Task[] { opening, asking, listening })
                {
                    await Task.WhenAny(task);
                    Assert.True(task.Exception?.InnerException is null or SshException, $"{task.Exception}");
                }
            });

        static byte[] Open(string type) => Transport.ScriptedServer.Build((ref w) =>
        {
            w.WriteByte(MessageNumber.ChannelOpen);
            w.WriteString(type);
            w.WriteUInt32(1);
            w.WriteUInt32(1000);
            w.WriteUInt32(1000);
            w.WriteString("localhost");
            w.WriteUInt32(8080);
            w.WriteString("127.0.0.1");
            w.WriteUInt32(1);
        });
    }

    private static Target LoginMessages()
    {
        byte[][] seeds =
        [
            FakeAuthServer.ServiceAccept, FakeAuthServer.Success, FakeAuthServer.Banner("hello"),
            FakeAuthServer.Failure("publickey,password,keyboard-interactive"),
            FakeAuthServer.Failure("keyboard-interactive"), FakeAuthServer.Failure("password", partial: true),
            FakeAuthServer.Questions("name", "instruction", ("one", false), ("two", true)),
            FakeAuthServer.Message(MessageNumber.UserAuthPasswordChangeRequest, (ref SshWriter w) =>
            {
                w.WriteString("change it");
                w.WriteString("");
            }),
        ];
        return new Target(
            mutator => Several(mutator, seeds),
            async input =>
            {
                var messages = new Queue<byte[]>(Messages(input));
                FakeAuthServer server = null!;
                var first = true;
                server = new FakeAuthServer(_ =>
                {
                    if (first)
                    {
                        first = false;
                        return [FakeAuthServer.ServiceAccept];
                    }

                    if (messages.TryDequeue(out var next)) return [next];
                    server.Close(new SshException(SshError.ConnectionLost, "the end of the input"));
                    return [];
                });
                using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(5));
                try
                {
                    var login = UserAuthentication.AuthenticateAsync(
                        server,
                        new byte[32],
                        new AuthenticationOptions
                        {
                            User = "me",
                            Host = "host",
                            Interaction = new ScriptedInteraction("a", "b", "c", "d", null),
                        },
                        new RecordingReceiver(),
                        stop.Token);
                    // A banner is no answer, after which the client says something: the next one follows by itself.
                    while (await Task.WhenAny(login, Task.Delay(10)) != login)
                    {
                        if (messages.TryDequeue(out var next)) server.Deliver(next);
                        else server.Close(new SshException(SshError.ConnectionLost, "the end of the input"));
                    }

                    await login;
                }
                catch (SshException e)
                {
                    Assert.InRange(e.Message.Length, 1, 10_000);
                }
            });
    }

    /// <summary>All that a server sends in the clear, to the whole transport.</summary>
    private static Target ServerStreams()
    {
        var seeds = Corpus.Of("server");
        return new Target(
            mutator => mutator.Mutate(seeds),
            async input =>
            {
                try
                {
                    await using var transport = await SshTransport.ConnectAsync(
                        new ReplayStream(input), TransportFixture.AcceptAnyHostKey, default);
                    Assert.Fail("nobody can have shaken hands with this");
                }
                catch (SshException e)
                {
                    Assert.InRange(e.Message.Length, 1, 10_000);
                    Assert.DoesNotContain(e.Message, char.IsControl);
                    Assert.DoesNotContain("could not be handled", e.Message, StringComparison.Ordinal);
                }
            });
    }

    private static Target AgentAnswers()
    {
        var seeds = Corpus.Of("agent");
        return new Target(
            mutator => mutator.Mutate(seeds),
            async input =>
            {
                using var folder = new TestFolder();
                using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                listener.Bind(new UnixDomainSocketEndPoint(folder.File("agent")));
                listener.Listen();
                var answering = AnswerAsync();
                try
                {
                    await using var agent = await SshAgent.ConnectAsync(folder.File("agent"));
                    foreach (var key in await agent.ListAsync())
                    {
                        Assert.DoesNotContain(key.Comment, char.IsControl);
                        if (key.SignatureAlgorithms.Count == 0) continue;
                        await key.SignAsync(key.SignatureAlgorithms[0], new byte[8], default);
                    }
                }
                catch (SshException e)
                {
                    Assert.Equal(SshError.KeyUnusable, e.Error);
                    Assert.DoesNotContain(e.Message, char.IsControl);
                }

                await answering;

                async Task AnswerAsync()
                {
                    using var socket = await listener.AcceptAsync();
                    await using var stream = new NetworkStream(socket);
                    var header = new byte[4];
                    try
                    {
                        for (var i = 0; i < 3; i++)
                        {
                            await stream.ReadExactlyAsync(header);
                            var request = new byte[BinaryPrimitives.ReadInt32BigEndian(header)];
                            await stream.ReadExactlyAsync(request);
                            BinaryPrimitives.WriteInt32BigEndian(header, input.Length);
                            await stream.WriteAsync(header);
                            await stream.WriteAsync(input);
                        }
                    }
                    catch (IOException)
                    {
                        // The client has had enough.
                    }
                }
            });
    }

    private static Target MuxMessages() => Plain(Corpus.Of("mux"), input =>
    {
        try
        {
            Assert.NotEmpty(MuxCodec.Encode(MuxCodec.Decode(input)));
        }
        catch (ArgumentException)
        {
            // It can be read, to be refused, but is never sent: a forward of an unknown type.
        }
    });

    private static Target SocksClients() => Plain(
        [
            Convert.FromHexString("0401005042660763467265640005010005010001"),
            Convert.FromHexString("0401005000000001006578616d706c652e636f6d00"),
            Convert.FromHexString("05010005010003" + "0b6578616d706c652e636f6d01bb"),
            Convert.FromHexString("05010005010004" + "20010db8000000000000000000000001ffff"),
        ],
        input =>
        {
            var handshake = new SocksHandshake();
            ReadOnlySpan<byte> rest = input;
            for (var steps = 0; steps < 10; steps++)
            {
                var step = handshake.Take(ref rest);
                if (step == SocksStep.Requested) Assert.InRange(handshake.Port, 0, 65535);
                if (step is SocksStep.NeedsInput or SocksStep.Requested or SocksStep.Refused) return;
            }
        });
}
