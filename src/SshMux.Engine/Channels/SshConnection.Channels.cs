using System.Globalization;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

// The slot table of channels: a channel's local number is its slot, so that a message finds its channel by index.
public sealed partial class SshConnection
{
    private readonly Lock _channelsLock = new();
    private readonly Stack<int> _freeSlots = new();

    // Written under the lock, read without it: the receive loop sees either the old or the new array, and a slot that it
    // asks for was filled before the peer could name it.
    private volatile IChannelSlot?[] _channels = new IChannelSlot?[16];
    private int _channelCount;
    private int _slotsUsed;
    private int _nextTurn;
    private SshException? _ended;

    /// <summary>
    /// A channel has gone from <see cref="ChannelCount"/>. Raised on the receive loop: handlers must not block.
    /// </summary>
    internal event Action? ChannelRemoved;

    /// <summary>
    /// How many channels are open, being opened or being closed; without sessions that are open in advance.
    /// </summary>
    public int ChannelCount => Volatile.Read(ref _channelCount);

    /// <summary>
    /// Has the server connect to a TCP port and opens a channel to it (direct-tcpip, RFC 4254 section 7.2). The
    /// originator is whoever asked for it; "127.0.0.1" and 0 if nobody did.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ChannelOpenRefused"/>, <see cref="SshError.RequestTooLong"/>, or why the connection ended.
    /// </exception>
    public Task<Channel> OpenDirectTcpipAsync(
        string host,
        int port,
        string originHost,
        int originPort,
        IChannelHandler handler,
        CancellationToken cancellationToken)
    {
        if (RequestLimit.Check("the name of the host to connect to", SshWriter.StringLength(host)) is { } refusal)
        {
            return Task.FromException<Channel>(refusal);
        }

        var fields = new byte[SshWriter.StringLength(host) + SshWriter.StringLength(originHost) + 8];
        var writer = new SshWriter(fields);
        writer.WriteString(host);
        writer.WriteUInt32((uint)port);
        writer.WriteString(originHost);
        writer.WriteUInt32((uint)originPort);
        var purpose = string.Create(CultureInfo.InvariantCulture, $"a connection to {host} port {port}");
        return OpenChannelAsync("direct-tcpip", purpose, fields, handler, cancellationToken);
    }

    /// <summary>
    /// Has the server connect to a unix socket and opens a channel to it (direct-streamlocal@openssh.com, OpenSSH's
    /// PROTOCOL section 2.4).
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ChannelOpenRefused"/>, <see cref="SshError.RequestTooLong"/>, or why the connection ended.
    /// </exception>
    public Task<Channel> OpenDirectStreamLocalAsync(
        string path, IChannelHandler handler, CancellationToken cancellationToken)
    {
        if (RequestLimit.Check("the path of the socket to connect to", SshWriter.StringLength(path)) is { } refusal)
        {
            return Task.FromException<Channel>(refusal);
        }

        var fields = new byte[SshWriter.StringLength(path) + 8];
        var writer = new SshWriter(fields);
        writer.WriteString(path);
        writer.WriteString(""); // reserved
        writer.WriteUInt32(0); // reserved
        return OpenChannelAsync(
            "direct-streamlocal@openssh.com", $"a connection to {path}", fields, handler, cancellationToken);
    }

    private async Task<Channel> OpenChannelAsync(
        string type,
        string purpose,
        byte[] fields,
        IChannelHandler handler,
        CancellationToken cancellationToken,
        bool isSpare = false)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (RequestLimit.CheckRequest(type, fields.Length, _transport.MaxMessage) is { } refusal) throw refusal;
        var channel = AddChannel(
            slot => new Channel(this, _transport, slot, purpose, handler) { Type = type, IsSpare = isSpare });
        _transport.Send(new ChannelOpenMessage(
            type, channel.LocalId, Channel.InitialWindow, Channel.MaxPacket, fields));

        // Whoever cancels does not wait for the server; the channel is closed should the server still confirm it.
        await using var registration = cancellationToken
            .UnsafeRegister((state, token) => ((Channel)state!).AbandonOpen(token), channel)
            .ConfigureAwait(false);
        return await channel.Opened.ConfigureAwait(false);
    }

    private TSlot AddChannel<TSlot>(Func<uint, TSlot> create)
        where TSlot : class, IChannelSlot
    {
        lock (_channelsLock)
        {
            if (_ended is not null) throw _ended.Again();
            if (!_freeSlots.TryPop(out var slot))
            {
                slot = _slotsUsed++;
                if (slot == _channels.Length)
                {
                    var larger = new IChannelSlot?[2 * slot];
                    _channels.CopyTo(larger, 0);
                    _channels = larger;
                }
            }

            var channel = create((uint)slot);
            if (channel is not Channel { IsSpare: true }) _channelCount++;
            _channels[slot] = channel;
            return channel;
        }
    }

    private Channel FindChannel(ref SshReader reader)
    {
        var channel = FindSlot(ref reader);
        return channel.AwaitOpen()
            ? channel
            : throw SshException.Protocol($"the server used channel {channel.LocalId} before it was confirmed");
    }

    private Channel FindOpeningChannel(ref SshReader reader)
    {
        var channel = FindSlot(ref reader);
        return channel.IsOpening
            ? channel
            : throw SshException.Protocol($"the server answered the opening of channel {channel.LocalId} twice");
    }

    private Channel FindSlot(ref SshReader reader)
    {
        var number = reader.ReadUInt32();
        var channels = _channels;
        return (number < channels.Length ? channels[number] as Channel : null)
            ?? throw SshException.Protocol($"the server named channel {number}, which does not exist");
    }

    private void OnChannelOpenConfirmation(ref SshReader reader) =>
        FindOpeningChannel(ref reader).OnOpenConfirmation(ref reader);

    private void OnChannelOpenFailure(ref SshReader reader)
    {
        var channel = FindOpeningChannel(ref reader);

        // Read first: if that fails, the connection ends, and the channel must be among those that learn of it.
        var refusal = channel.ReadOpenFailure(ref reader);
        RemoveSlot(channel);
        channel.OnOpenFailure(refusal);
    }

    private void OnChannelClose(ref SshReader reader)
    {
        var channel = FindChannel(ref reader);

        // The peer takes nothing more, so there is nothing to wait for: close our side too, and before the slot is free
        // again, so that no new channel's messages overtake the answer.
        channel.Close();
        if (channel.Type == "session") Volatile.Write(ref _sessionClosedAt, Environment.TickCount64);
        RemoveSlot(channel);
        channel.OnClose();
    }

    /// <summary>
    /// The room is soon taken, so the order matters: it begins behind the channel that came first the last time, or the
    /// same ones would have all of it time after time.
    /// </summary>
    private void WakeSenders()
    {
        var channels = _channels;
        var start = _nextTurn;
        var isFirst = true;
        for (var i = 0; i < channels.Length; i++)
        {
            var slot = (start + i) % channels.Length;
            if (channels[slot]?.WakeSender() != true || !isFirst) continue;
            _nextTurn = slot + 1;
            isFirst = false;
        }
    }

    private void EndChannels(SshException reason)
    {
        var ended = new List<IChannelSlot>();
        lock (_channelsLock)
        {
            _ended = reason;
            foreach (var channel in _channels)
            {
                if (channel is not null) ended.Add(channel);
            }

            _channels = [];
            _channelCount = 0;
        }

        OneByOne.Tell(ended, channel => channel.OnConnectionEnded(reason), LogEndNotTaken);
    }

    /// <summary>A channel has gone, whatever those think of it who want to know.</summary>
    private void RaiseChannelRemoved()
    {
        if (ChannelRemoved is not { } raised) return;
        OneByOne.Tell(raised.GetInvocationList(), told => ((Action)told)(), LogEndNotTaken);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "who was told of an end failed")]
    private partial void LogEndNotTaken(Exception e);
}
