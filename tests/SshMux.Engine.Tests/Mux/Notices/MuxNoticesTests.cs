using System.Threading.Channels;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Notices;

/// <summary>Who of a master's clients is told what, and how much of it.</summary>
public sealed class MuxNoticesTests
{
    private readonly ManualTime _time = new();
    private readonly MuxNotices _notices = new();

    [Fact]
    public async Task All_are_told_but_those_that_have_gone_or_never_came()
    {
        var (one, ones) = Come(1);
        var (_, others) = Come(2);
        _ = new MuxClientNotices(new Packets(), 3, isOwner: true, _time);
        _notices.Tell(MuxNoticeKind.HostKey, "first");
        _notices.Remove(one);
        _notices.Tell(MuxNoticeKind.HostKey, "second");
        Assert.Equal(["first"], await ones.TakeAsync(1));
        Assert.Equal(["first", "second"], await others.TakeAsync(2));
        Assert.Equal(0, ones.Count);
    }

    [Fact]
    public async Task Who_opened_it_is_told_alone_on_all_connections_of_its_process()
    {
        var (opener, openers) = Come(1);
        var (_, sames) = Come(1);
        var (_, others) = Come(2);
        var heard = new List<string>();
        _notices.Told += notice => heard.Add(notice.Text);
        _notices.TellOpener(opener, MuxNoticeKind.ForwardFailed, "no");
        Assert.Equal(["no"], await openers.TakeAsync(1));
        Assert.Equal(["no"], await sames.TakeAsync(1));
        _notices.Tell(MuxNoticeKind.HostKey, "all");
        Assert.Equal(["all"], await others.TakeAsync(1));
        Assert.Equal(["all"], heard);
    }

    [Fact]
    public async Task When_the_opener_has_gone_or_was_none_the_owners_clients_are_told()
    {
        var (opener, openers) = Come(1);
        var (_, owners) = Come(2);
        var (_, roots) = Come(3, isOwner: false);
        var heard = new List<string>();
        _notices.Told += notice => heard.Add(notice.Text);
        _notices.Remove(opener);
        _notices.TellOpener(opener, MuxNoticeKind.ForwardFailed, "gone");
        _notices.TellOpener(null, MuxNoticeKind.ForwardFailed, "none");
        _notices.Tell(MuxNoticeKind.HostKey, "all");
        Assert.Equal(["gone", "none", "all"], await owners.TakeAsync(3));
        Assert.Equal(["all"], await roots.TakeAsync(1));
        Assert.Equal(["gone", "none", "all"], heard);
        Assert.Equal(0, openers.Count);
    }

    [Fact]
    public async Task Clients_whose_process_is_not_known_are_not_the_same()
    {
        var (opener, openers) = Come(0);
        var (_, others) = Come(0);
        _notices.TellOpener(opener, MuxNoticeKind.ForwardFailed, "no");
        _notices.Tell(MuxNoticeKind.HostKey, "all");
        Assert.Equal(["no", "all"], await openers.TakeAsync(2));
        Assert.Equal(["all"], await others.TakeAsync(1));
    }

    [Fact]
    public async Task The_same_again_is_told_after_a_minute_and_a_state_when_it_changes()
    {
        var (_, packets) = Come(1);
        for (var i = 0; i < 3; i++)
        {
            _notices.Tell(MuxNoticeKind.ForwardFailed, "a");
            _notices.Tell(MuxNoticeKind.ForwardFailed, "b");
            _notices.Tell(MuxNoticeKind.ConnectionTrouble, "bad");
        }

        _time.Advance(TimeSpan.FromSeconds(59));
        _notices.Tell(MuxNoticeKind.ForwardFailed, "a");
        _notices.Tell(MuxNoticeKind.ConnectionRestored, "good");
        _notices.Tell(MuxNoticeKind.ConnectionTrouble, "bad");
        Assert.Equal(["a", "b", "bad", "good", "bad"], await packets.TakeAsync(5));
        _time.Advance(TimeSpan.FromSeconds(1));
        _notices.Tell(MuxNoticeKind.ForwardFailed, "a");
        _notices.Tell(MuxNoticeKind.ConnectionTrouble, "bad");
        _notices.Tell(MuxNoticeKind.HostKey, "last");
        Assert.Equal(["a", "last"], await packets.TakeAsync(2));
    }

    [Fact]
    public async Task A_slow_client_loses_notices_and_holds_nobody_up()
    {
        var (slow, packets) = Come(1);
        var (_, others) = Come(2);
        packets.Gate = new TaskCompletionSource();
        _notices.Tell(MuxNoticeKind.HostKey, "0");
        await packets.Entered.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        for (var i = 1; i <= 30; i++)
        {
            _notices.Tell(MuxNoticeKind.HostKey, $"{i}");
            await others.TakeAsync(1);
        }

        packets.Gate.SetResult();
        Assert.Equal(Enumerable.Range(0, 17).Select(i => $"{i}"), await packets.TakeAsync(17));
        await slow.StopAsync();
        Assert.Equal(0, packets.Count);
    }

    [Fact]
    public async Task A_client_that_reads_nothing_keeps_nobody_from_ending()
    {
        var (slow, packets) = Come(1);
        packets.Gate = new TaskCompletionSource();
        _notices.Tell(MuxNoticeKind.Ending, "the end");
        await packets.Entered.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        var stopping = slow.StopAsync();
        await Eventually.TrueAsync(() => _time.Waiting == 1, "it has a moment");
        Assert.False(stopping.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(250));
        await stopping.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        packets.Gate.SetResult();
    }

    [Fact]
    public void A_text_is_one_line_that_does_nothing_to_a_terminal_and_has_an_end()
    {
        var notice = MuxNotice.Of(MuxNoticeKind.HostKey, $"a\u001b[31m\r\nb\0{new string('x', 500)}");
        Assert.StartsWith("a?[31m??b?xxx", notice.Text, StringComparison.Ordinal);
        Assert.Equal(MuxNotice.MaxLength + "...".Length, notice.Text.Length);
        var raw = new MuxNotice(MuxNoticeKind.HostKey, "a\u009b31m\n");
        var read = MuxCodec.Decode(MuxCodec.Encode(raw).AsSpan(MuxCodec.HeaderLength));
        Assert.Equal(new MuxNotice(MuxNoticeKind.HostKey, "a?31m?"), read);
    }

    private (MuxClientNotices Client, Packets Packets) Come(int processId, bool isOwner = true)
    {
        var packets = new Packets();
        var client = new MuxClientNotices(packets, processId, isOwner, _time);
        _notices.Add(client);
        return (client, packets);
    }

    /// <summary>A control connection whose other end is the test.</summary>
    private sealed class Packets : IMuxPackets
    {
        private readonly Channel<string> _sent = Channel.CreateUnbounded<string>();

        public TaskCompletionSource? Gate { get; set; }

        public TaskCompletionSource Entered { get; } = new();

        public int Count => _sent.Reader.Count;

        public async Task<string[]> TakeAsync(int count)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            var texts = new string[count];
            for (var i = 0; i < count; i++) texts[i] = await _sent.Reader.ReadAsync(limit.Token);
            return texts;
        }

        public ValueTask<MuxMessage?> ReceiveAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public async ValueTask<bool> SendAsync(MuxMessage message)
        {
            Entered.TrySetResult();
            if (Gate is { } gate) await gate.Task;
            return _sent.Writer.TryWrite(Assert.IsType<MuxNotice>(message).Text);
        }

        public Task<bool> IsAtEndAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
