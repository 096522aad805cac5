using SshMux.Engine.Tests.Transport;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.ScriptedServer;

namespace SshMux.Engine.Tests.Hostile;

/// <summary>Messages where they do not belong, at every step of a session; and the end at every step.</summary>
public class HostileOrderTests
{
    public static TheoryData<Step> AfterTheVersion =>
        [.. Enum.GetValues<Step>().Where(step => step > Step.ReadVersion)];

    public static TheoryData<Step> Steps => [.. Enum.GetValues<Step>()];

    [Fact]
    public async Task A_server_that_behaves_is_served()
    {
        await Victim.SurviveAsync(Step.Login, _ => Task.CompletedTask);
    }

    /// <summary>The server closes before each of its steps: there is a clear reason all the same.</summary>
    [Theory]
    [MemberData(nameof(Steps))]
    public async Task The_end_of_the_stream_at_any_step_is_a_lost_connection(Step step)
    {
        var (error, _) = await Victim.AttackAsync(
            await OpenAsync(), step, async server => await server.DisposeAsync());

        // With the exit status and EOF the session was complete.
        if (step == Step.Close) Assert.Null(error);
        else Assert.Equal(SshError.ConnectionLost, error!.Error);
    }

    /// <summary>
    /// Every message number before every step, empty and with a body that fits nothing: an end with a clear reason, or
    /// the session goes on as if nothing had happened.
    /// </summary>
    [Theory]
    [MemberData(nameof(AfterTheVersion))]
    public async Task Any_message_at_any_step_ends_clearly_or_is_ignored(Step step)
    {
        foreach (var number in Numbers())
        {
            foreach (var body in new byte[][] { [], [0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff, 1, 2, 3] })
            {
                var server = await OpenAsync();
                try
                {
                    var (error, output) = await Victim.AttackAsync(server, step, s => s.SendAsync([number, .. body]));

                    // A CLOSE that comes early is allowed, and loses the rest.
                    if (number == MessageNumber.ChannelClose) Assert.StartsWith(output ?? "", Victim.Result);
                    else if (error is null) Assert.Equal(Victim.Result, output);
                }
                catch (Exception e)
                {
                    Assert.Fail($"message {number} with {body.Length} bytes before {step}: {e}");
                }
            }
        }

        static IEnumerable<byte> Numbers() => Enumerable.Range(1, 255).Select(number => (byte)number).Where(
            number => number is <= 8 or 20 or 21 or 22 or 30 or 31 or 34 or 49 or 50 or 51 or 52 or 53 or 60 or 61
                or 80 or 81 or 82 or 90 or 91 or 92 or 93 or 94 or 95 or 96 or 97 or 98 or 99 or 100 or 127
                or 128 or 192 or 255);
    }

    /// <summary>The server leaves one of its messages out and goes on with the next.</summary>
    [Theory]
    [InlineData(Step.SendKexInit)]
    [InlineData(Step.Reply)]
    [InlineData(Step.Service)]
    [InlineData(Step.Login)]
    [InlineData(Step.Open)]
    public async Task A_step_that_is_left_out_ends_the_connection(Step step)
    {
        var error = await Victim.FailAsync(step, async server =>
        {
            await server.SendAsync(step switch
            {
                Step.SendKexInit => [MessageNumber.KexEcdhReply, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
                Step.Reply => [MessageNumber.NewKeys],
                Step.Service => [MessageNumber.UserAuthSuccess],
                Step.Login => [MessageNumber.ChannelOpen, 0, 0, 0, 0],
                _ => [MessageNumber.ChannelData, 0, 0, 0, 0, 0, 0, 0, 1, (byte)'x'],
            });
        });
        Assert.Equal(SshError.ProtocolError, error.Error);
    }
}
