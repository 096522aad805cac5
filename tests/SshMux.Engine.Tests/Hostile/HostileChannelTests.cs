using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Transport;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.ScriptedServer;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Hostile;

/// <summary>Channels that a server breaks; ChannelTests and IncomingChannelTests have more, without the wire.</summary>
public class HostileChannelTests
{
    private const string Escapes = "\u001b]0;pwned\u0007\u001b[2J\r\n";

    [Fact]
    public async Task Data_beyond_the_window_ends_the_connection()
    {
        var error = await Victim.FailAsync(Step.Data, async server =>
        {
            var data = new byte[32 * 1024];
            for (var sent = 0L; sent <= 2L * server.ClientWindow; sent += data.Length)
            {
                // The client's reader gives nothing back before it is asked for more than the window.
                await server.SendDataAsync(data);
            }

            await server.SendDataAsync(new byte[250_000]);
            for (var i = 0; i < 1000; i++) await server.SendDataAsync(new byte[250_000]);
        });
        Assert.Equal(SshError.ProtocolError, error.Error);
        Assert.Contains("window", error.Message, StringComparison.Ordinal);
    }

    /// <summary>More at once than we asked for, within the window, which is what bounds our memory.</summary>
    [Fact]
    public async Task A_data_message_larger_than_the_maximum_packet_arrives_whole()
    {
        var data = new byte[200_000];
        Random.Shared.NextBytes(data);
        var (error, output) = await Victim.AttackAsync(
            await OpenAsync(), Step.Data, server => server.SendDataAsync(data));
        Assert.Null(error);
        Assert.Equal(Encoding.Latin1.GetString(data) + Victim.Result, output);
    }

    [Theory]
    [InlineData(MessageNumber.ChannelData)]
    [InlineData(MessageNumber.ChannelExtendedData)]
    [InlineData(MessageNumber.ChannelClose)]
    [InlineData(MessageNumber.ChannelEof)]
    [InlineData(MessageNumber.ChannelWindowAdjust)]
    [InlineData(MessageNumber.ChannelRequest)]
    [InlineData(MessageNumber.ChannelSuccess)]
    [InlineData(MessageNumber.ChannelOpenConfirmation)]
    public async Task Whatever_comes_after_close_ends_the_connection(byte number)
    {
        var (server, connection) = await Victim.LoggedInAsync();
        await using var _ = server;
        await using var __ = connection;
        var starting = connection.StartAsync(new SessionRequest { Command = "x" }, default);
        await server.ServeAsync(Step.Data);
        await using var process = await starting.WaitAsync(Patience);
        await server.SendChannelAsync(MessageNumber.ChannelClose);
        await server.SendChannelAsync(number, (ref w) =>
        {
            w.WriteUInt32(0);
            w.WriteUInt32(0);
            w.WriteUInt32(0);
        });
        var reason = Victim.MustBeClear(await connection.Ended.WaitAsync(Patience));
        Assert.Equal(SshError.ProtocolError, reason.Error);

        // The session itself was over by then.
        Assert.Null((await process.Exit.WaitAsync(Patience)).Status);
    }

    [Fact]
    public async Task Data_after_eof_ends_the_connection()
    {
        var error = await Victim.FailAsync(Step.Data, async server =>
        {
            await server.SendChannelAsync(MessageNumber.ChannelEof);
            await server.SendDataAsync([1]);
        });
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    [Fact]
    public async Task What_harms_nobody_is_ignored()
    {
        await Victim.SurviveAsync(Step.Close, server => server.SendChannelAsync(MessageNumber.ChannelEof));
        await Victim.SurviveAsync(Step.Data, server => server.SendDataAsync([]));
        await Victim.SurviveAsync(Step.Data, server => server.SendChannelAsync(
            MessageNumber.ChannelExtendedData,
            (ref w) =>
            {
                w.WriteUInt32(0xfffffffe); // a kind of data that nobody knows
                w.WriteString("nobody reads this");
            }));
        await Victim.SurviveAsync(Step.Data, server => server.SendChannelRequestAsync(
            Escapes + new string('x', 200_000), true, room: 256 * 1024));
        await Victim.SurviveAsync(Step.Eof, server => server.SendChannelRequestAsync(
            "exit-status", true, (ref w) => w.WriteUInt32(99))); // the first one counts
        await Victim.SurviveAsync(Step.Data, server => server.SendChannelAsync(
            MessageNumber.ChannelWindowAdjust, (ref w) => w.WriteUInt32(0)));
        await Victim.SurviveAsync(Step.Data, server => server.SendAsync(Build((ref w) =>
        {
            w.WriteByte(MessageNumber.GlobalRequest);
            w.WriteString(Escapes);
            w.WriteBoolean(true);
        })));
    }

    [Theory]
    [InlineData(MessageNumber.ChannelSuccess)]
    [InlineData(MessageNumber.ChannelFailure)]
    [InlineData(MessageNumber.RequestSuccess)]
    [InlineData(MessageNumber.RequestFailure)]
    [InlineData(MessageNumber.ChannelOpenConfirmation)]
    [InlineData(MessageNumber.ChannelOpenFailure)]
    public async Task An_answer_to_what_was_never_asked_or_answered_before_ends_the_connection(byte number)
    {
        var error = await Victim.FailAsync(Step.Data, server => server.SendChannelAsync(number, (ref w) =>
        {
            w.WriteUInt32(1);
            w.WriteUInt32(1);
            w.WriteUInt32(1);
        }));
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(0xffffffffu)]
    public async Task A_message_to_a_channel_that_does_not_exist_ends_the_connection(uint channel)
    {
        for (byte number = MessageNumber.ChannelOpenConfirmation; number <= MessageNumber.ChannelFailure; number++)
        {
            var error = await Victim.FailAsync(Step.Data, server => server.SendAsync(Build((ref w) =>
            {
                w.WriteByte(number);
                w.WriteUInt32(channel);
                w.WriteBytes(new byte[16]);
            })));
            Assert.Equal(SshError.ProtocolError, error.Error);
            Assert.Contains("does not exist", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0xffffffffu, 0xffffffffu)]
    [InlineData(1u, 0xffffffffu)]
    [InlineData(0x80000000u, 0x80000000u)]
    public async Task A_window_beyond_32_bits_ends_the_connection(uint first, uint second)
    {
        var error = await Victim.FailAsync(Step.Open, async server =>
        {
            await server.ConfirmChannelAsync(first);
            server.Skip();
            await server.SendChannelAsync(MessageNumber.ChannelWindowAdjust, (ref w) => w.WriteUInt32(second));
        });
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    [Fact]
    public async Task The_largest_numbers_that_are_allowed_are_taken()
    {
        await Victim.SurviveAsync(Step.Open, async server =>
        {
            await server.ConfirmChannelAsync(0xfffffffe, 0xffffffff, 0xffffffff);
            server.Skip();
            await server.SendChannelAsync(MessageNumber.ChannelWindowAdjust, (ref w) => w.WriteUInt32(1));
        });
    }

    [Fact]
    public async Task A_channel_that_takes_packets_of_no_length_ends_the_connection()
    {
        var error = await Victim.FailAsync(Step.Open, server => server.ConfirmChannelAsync(1000, 0));
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    [Fact]
    public async Task The_reason_of_a_refused_channel_is_shown_short_and_safely()
    {
        var error = await Victim.FailAsync(Step.Open, async server =>
        {
            await server.ExpectAsync(MessageNumber.ChannelOpen);
            await server.SendChannelAsync(
                MessageNumber.ChannelOpenFailure,
                (ref w) =>
                {
                    w.WriteUInt32(0xdeadbeef);
                    w.WriteString(string.Concat(Enumerable.Repeat(Escapes, 5000)));
                    w.WriteString("");
                },
                256 * 1024);
        });
        Assert.Equal(SshError.ChannelOpenRefused, error.Error);
        Assert.InRange(error.Message.Length, 1, 2000);
    }

    /// <summary>Who waits for the channel must not wait for ever because the refusal could not be read.</summary>
    [Fact]
    public async Task A_refusal_that_is_cut_off_ends_the_connection()
    {
        var error = await Victim.FailAsync(Step.Open, async server =>
        {
            await server.ExpectAsync(MessageNumber.ChannelOpen);
            await server.SendAsync([MessageNumber.ChannelOpenFailure, 0, 0, 0, 0, 1]);
        });
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    [Fact]
    public async Task The_signal_that_ended_a_program_is_told_safely()
    {
        var (server, connection) = await Victim.LoggedInAsync();
        await using var _ = server;
        await using var __ = connection;
        var starting = connection.StartAsync(new SessionRequest { Command = "x" }, default);
        await server.ServeAsync(Step.Data);
        await using var process = await starting.WaitAsync(Patience);
        await server.SendChannelRequestAsync("exit-signal", false, (ref w) =>
        {
            w.WriteString(Escapes);
            w.WriteBoolean(true);
            w.WriteString(Escapes);
            w.WriteString("");
        });
        await server.SendChannelAsync(MessageNumber.ChannelClose);
        var exit = await process.Exit.WaitAsync(Patience);
        Assert.DoesNotContain(exit.Signal!, char.IsControl);
        Assert.DoesNotContain(exit.Message, char.IsControl);
    }

    /// <summary>Types that nobody here waits for, known and unknown ones; none of it is logged as it came.</summary>
    [Fact]
    public async Task Channels_that_were_not_asked_for_are_refused_and_logged_safely()
    {
        using var log = new ListLogger();
        var (server, connection) = await Victim.LoggedInAsync(logger: log);
        await using var ends = server;
        await using var ours = connection;
        Assert.NotNull(connection.RemoteForwards); // as if something was forwarded, though not this
        foreach (var type in new[]
        {
            "session", "direct-tcpip", "forwarded-tcpip", "forwarded-streamlocal@openssh.com", "x11",
            "auth-agent@openssh.com", "tun@openssh.com", "", Escapes,
        })
        {
            await server.SendAsync(Build((ref w) =>
            {
                w.WriteByte(MessageNumber.ChannelOpen);
                w.WriteString(type);
                w.WriteUInt32(5);
                w.WriteUInt32(0xffffffff);
                w.WriteUInt32(0xffffffff);
                w.WriteString(Escapes);
                w.WriteUInt32(22);
                w.WriteString(Escapes);
                w.WriteUInt32(22);
            }));
            var answer = await server.ExpectAsync(MessageNumber.ChannelOpenFailure);
            Assert.Equal(5, answer[4]);
        }

        await server.SendAsync(Build((ref w) =>
        {
            w.WriteByte(MessageNumber.GlobalRequest);
            w.WriteString(Escapes);
            w.WriteBoolean(true);
        }));
        await server.ExpectAsync(MessageNumber.RequestFailure);
        Assert.Equal(0, connection.ChannelCount);
        Assert.NotEmpty(log.Lines);
        Assert.All(log.Lines, line => Assert.DoesNotContain(line, char.IsControl));
    }

    /// <summary>A reply that says anything but a port where a port was asked for.</summary>
    [Fact]
    public async Task A_remote_forward_to_an_impossible_port_is_refused()
    {
        var (server, connection) = await Victim.LoggedInAsync();
        await using var _ = server;
        await using var __ = connection;
        foreach (var port in new byte[][] { [], [0, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0], [255, 255, 255, 255] })
        {
            var listening = connection.RemoteForwards.ListenAsync(
                new ForwardEndpoint("localhost", 0), channel => channel.Refuse(OpenFailureReason.ConnectFailed, ""));
            await server.ExpectAsync(MessageNumber.GlobalRequest);
            await server.SendAsync([MessageNumber.RequestSuccess, .. port]);
            Assert.Null(await listening.WaitAsync(Patience));
        }
    }
}
