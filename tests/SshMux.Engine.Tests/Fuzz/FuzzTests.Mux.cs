using System.Buffers.Binary;
using System.Net.Sockets;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Mux.Proxy;
using SshMux.Engine.Tests.Mux.Client;
using SshMux.Engine.Tests.Mux.Master;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Fuzz;

// The control socket, from both ends.
public sealed partial class FuzzTests
{
    /// <summary>A client of our master, in either mode. Whatever it says, the master's connection stays.</summary>
    private static Target MasterClients()
    {
        byte[][] requests = [.. Corpus.Of("mux").Where(IsSafe), Proxy];
        byte[][] frames = [.. ClientMessages().Select(message => (byte[])[0, .. message])];
        return new Target(
            mutator =>
            {
                if (mutator.Next(2) == 0) return Several(mutator, requests);
                byte[] start = [0, 0, 0, (byte)Proxy.Length, .. Proxy];
                return [.. start, .. Several(mutator, frames)];
            },
            async input =>
            {
                using var folder = new TestFolder();
                ScriptedConnection server = null!;
                await using var master = await MuxMaster.StartAsync(
                    _ => Task.FromResult(ScriptedConnection.Connect(out server)),
                    new MuxMasterOptions { ControlPath = folder.File("s") });
                using (var client = await RawClient.GreetAsync(folder.File("s")))
                {
                    try
                    {
                        foreach (var message in Messages(input).Where(message => message[0] == 0 || IsSafe(message)))
                        {
                            await client.SendBytesAsync(Frame(message));
                        }

                        client.Socket.Shutdown(SocketShutdown.Send);
                        var buffer = new byte[4096];
                        while (await client.Socket.ReceiveAsync(buffer).WaitAsync(MaxTime) != 0) Refuse(server);
                    }
                    catch (SocketException)
                    {
                        // The master has dropped the client.
                    }
                }

                Refuse(server);
                Assert.False(master.Connection.Ended.IsCompleted);
            });

        // What opens listeners at places that chance chooses, or ends the master, is left to other tests.
        static bool IsSafe(byte[] message) => message.Length < 4 ||
            BinaryPrimitives.ReadUInt32BigEndian(message) is not (MuxOpenForward.Number or MuxCloseForward.Number
                or MuxTerminate.Number or MuxStopListening.Number or MuxHello.Number);
    }

    /// <summary>A master that we use in proxy mode.</summary>
    private static Target Masters()
    {
        byte[][] seeds = [.. Corpus.Of("messages").Select(message => (byte[])[0, .. message])];
        return new Target(
            mutator => Several(mutator, seeds),
            async input =>
            {
                using var folder = new TestFolder();
                using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                listener.Bind(new UnixDomainSocketEndPoint(folder.File("s")));
                listener.Listen();
                var answering = AnswerAsync();
                try
                {
                    await using var connection = await MuxProxyTransport.OpenConnectionAsync(folder.File("s"));
                    var opening = connection.OpenSessionAsync(new RecordingHandler(), default);
                    var reason = await connection.Ended.WaitAsync(MaxTime);
                    Assert.DoesNotContain(reason.Message, char.IsControl);
                    Assert.DoesNotContain("could not be handled", reason.Message, StringComparison.Ordinal);
                    await Task.WhenAny(opening);
                    Assert.True(opening.Exception?.InnerException is null or SshException);
                }
                catch (SshException e)
                {
                    Assert.DoesNotContain(e.Message, char.IsControl);
                }

                await answering;

                async Task AnswerAsync()
                {
                    using var socket = await listener.AcceptAsync();
                    using var master = new MuxSocket(socket);
                    try
                    {
                        await master.SendAsync(FakeMaster.Hello);
                        await master.ReceiveAsync();
                        if (await master.ReceiveAsync() is MuxProxyRequest request)
                        {
                            await master.SendAsync(new MuxProxyReply(request.RequestId));
                        }

                        foreach (var message in Messages(input))
                        {
                            await socket.SendAsync(Frame(message));
                        }
                    }
                    catch (Exception e) when (e is SocketException or SshException)
                    {
                        // The client has gone.
                    }
                }
            });
    }

    private static byte[] Proxy => MuxCodec.Encode(new MuxProxyRequest(1))[MuxCodec.HeaderLength..];

    private static byte[] Frame(byte[] message)
    {
        var frame = new byte[4 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, message.Length);
        message.CopyTo(frame, 4);
        return frame;
    }

    /// <summary>The server wants nothing of what it is asked for.</summary>
    private static void Refuse(ScriptedConnection server)
    {
        while (server.Waiting > 0)
        {
            var message = server.Take();
            if (message[0] == MessageNumber.GlobalRequest && Read(message, out _))
            {
                server.Deliver([MessageNumber.RequestFailure]);
            }

            if (message[0] != MessageNumber.ChannelOpen) continue;
            Read(message, out var sender);
            server.Say(MessageNumber.ChannelOpenFailure, (ref SshWriter w) =>
            {
                w.WriteUInt32(sender);
                w.WriteUInt32(1);
                w.WriteString("no");
                w.WriteString("");
            });
        }

        static bool Read(byte[] message, out uint sender)
        {
            var reader = new SshReader(message.AsSpan(1));
            reader.ReadString();
            var wantsReply = reader.Rest[0] != 0;
            sender = message[0] == MessageNumber.ChannelOpen ? reader.ReadUInt32() : 0;
            return wantsReply;
        }
    }

    /// <summary>What a client in proxy mode says.</summary>
    private static IEnumerable<byte[]> ClientMessages()
    {
        yield return Transport.ScriptedServer.Build((ref SshWriter w) =>
        {
            w.WriteByte(MessageNumber.ChannelOpen);
            w.WriteString("session");
            w.WriteUInt32(0);
            w.WriteUInt32(1 << 21);
            w.WriteUInt32(32768);
        });
        yield return Transport.ScriptedServer.Build((ref SshWriter w) =>
        {
            w.WriteByte(MessageNumber.ChannelOpen);
            w.WriteString("direct-tcpip");
            w.WriteUInt32(1);
            w.WriteUInt32(1 << 21);
            w.WriteUInt32(32768);
            w.WriteString("localhost");
            w.WriteUInt32(80);
            w.WriteString("127.0.0.1");
            w.WriteUInt32(1234);
        });
        yield return Transport.ScriptedServer.Build((ref SshWriter w) =>
        {
            w.WriteByte(MessageNumber.GlobalRequest);
            w.WriteString("tcpip-forward");
            w.WriteBoolean(true);
            w.WriteString("localhost");
            w.WriteUInt32(8080);
        });
        yield return Transport.ScriptedServer.Build((ref SshWriter w) =>
        {
            w.WriteByte(MessageNumber.ChannelRequest);
            w.WriteUInt32(0);
            w.WriteString("exec");
            w.WriteBoolean(true);
            w.WriteString("echo");
        });
        yield return [MessageNumber.ChannelData, 0, 0, 0, 0, 0, 0, 0, 1, 65];
        yield return [MessageNumber.ChannelWindowAdjust, 0, 0, 0, 0, 0, 0, 1, 0];
        yield return [MessageNumber.ChannelEof, 0, 0, 0, 0];
        yield return [MessageNumber.ChannelClose, 0, 0, 0, 0];
    }
}
