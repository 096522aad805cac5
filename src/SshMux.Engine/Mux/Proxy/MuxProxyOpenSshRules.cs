using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Platform.Processes;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Proxy;

/// <summary>
/// What a client in proxy mode must mind with a master of OpenSSH (7.4 to 10.x); docs/decisions/0011-proxy-mode.md has
/// the whole story. The master drops a client that makes a global request other than tcpip-forward, and never passes on
/// the reply to that one. When it loses a client it closes the client's channels, and dies of those that have no number
/// at the server: unanswered ones, and refused ones, which it never forgets. It may also miss that a client has closed
/// a channel (it takes the number for that of one of its sessions) and closes it again then, for which the server ends
/// the connection. (Nor may it fail to write to a client that is gone: the transport sees to that.)
/// </summary>
/// <param name="socket">The connection to the master.</param>
/// <param name="answerHere">Gives the layer above the reply to a global request that the master is not asked.</param>
/// <param name="logger">Where to log what happens.</param>
internal sealed partial class MuxProxyOpenSshRules(
    MuxSocketCarrier socket, Action<bool> answerHere, ILogger logger)
{
    /// <summary>
    /// How long the end waits for the server's answers to opens that are under way, and for the rest of the data.
    /// </summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(3);

    private readonly ILogger _logger = logger;
    private readonly TaskCompletionSource _masterGone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();

    // The server's number of every open channel, by ours.
    private readonly Dictionary<uint, uint> _serverNumbers = [];

    // The server's numbers of channels that the server has closed, and we have not.
    private readonly HashSet<uint> _closedThere = [];

    // Of those, the ones that the layer above has closed: the master does it, when it has to, better than we.
    private readonly Queue<uint> _unsentCloses = new();

    private int _opening;
    private bool _refused;
    private bool _closed;
    private bool _forwards;
    private TaskCompletionSource? _answered;

    /// <summary>Whether the master may die if it loses the control connection now.</summary>
    private bool IsDangerousToClose
    {
        get
        {
            // That the master has lost count of closed channels is a chance; that a forward stays is a certainty.
            lock (_lock)
            {
                return !_masterGone.Task.IsCompleted && (_refused || _opening > 0 || (_closed && !_forwards));
            }
        }
    }

    /// <summary>
    /// Gives a channel that was closed on both sides, but of which the master does not know yet. To be asked before
    /// the next channel is opened, so that the server does not keep more than one of them for us.
    /// </summary>
    public bool TryTakeUnsentClose(out uint serverNumber)
    {
        lock (_lock) return _unsentCloses.TryDequeue(out serverNumber);
    }

    /// <summary>Looks at a message on its way to the master; false if the master must not see it.</summary>
    public bool Admit(Span<byte> message)
    {
        switch (message[0])
        {
            case MessageNumber.ChannelOpen:
                lock (_lock) _opening++;
                return true;
            case MessageNumber.ChannelOpenConfirmation:
                var reader = new SshReader(message[1..]);
                lock (_lock)
                {
                    var serverNumber = reader.ReadUInt32();
                    _serverNumbers[reader.ReadUInt32()] = serverNumber;
                }

                return true;
            case MessageNumber.ChannelClose:
                return AdmitClose(new SshReader(message[1..]).ReadUInt32());
            case MessageNumber.GlobalRequest:
                return AdmitRequest(message);
            case MessageNumber.RequestSuccess or MessageNumber.RequestFailure:
                // The master answers the server's requests itself, and passes none on.
                return false;
            default:
                return true;
        }
    }

    /// <summary>Takes note of a message from the master.</summary>
    public void OnReceived(ReadOnlySpan<byte> message)
    {
        if (message[0] is not (MessageNumber.ChannelOpenConfirmation or MessageNumber.ChannelOpenFailure
            or MessageNumber.ChannelClose))
        {
            return;
        }

        var reader = new SshReader(message[1..]);
        var number = reader.ReadUInt32();
        lock (_lock)
        {
            switch (message[0])
            {
                case MessageNumber.ChannelOpenConfirmation:
                    _serverNumbers[number] = reader.ReadUInt32();
                    OnAnswer();
                    break;
                case MessageNumber.ChannelOpenFailure:
                    _refused = true;
                    OnAnswer();
                    break;
                default:
                    if (_serverNumbers.Remove(number, out var serverNumber)) _closedThere.Add(serverNumber);
                    break;
            }
        }
    }

    /// <summary>The master has closed the control connection.</summary>
    public void OnMasterGone() => _masterGone.TrySetResult();

    /// <summary>
    /// Goes without harm to the master: it has to see our end before it fails to write to us, so it gets all its data
    /// read. If even that would harm it, somebody else has to stay: a small process holds the connection.
    /// </summary>
    /// <param name="link">What goes over the connection.</param>
    /// <param name="receiving">The loop that reads from it.</param>
    /// <param name="path">The master's control path.</param>
    public async Task LeaveAsync(MuxProxyLink link, Task receiving, string path)
    {
        await SettleAsync().ConfigureAwait(false);
        if (!IsDangerousToClose)
        {
            socket.EndSending();
            await receiving.WaitAsync(AnswerTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (receiving.IsCompleted) return;
        }

        link.StopReceiving();
        await receiving.ConfigureAwait(false);
        if (!DescriptorKeeper.TryKeep(socket.Handle)) LogDangerousClose(path);
    }

    /// <summary>Waits until the server has answered all opens, the master is gone, or the time is over.</summary>
    private async Task SettleAsync()
    {
        Task answered;
        lock (_lock)
        {
            if (_opening == 0) return;
            answered = (_answered ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        Task settled = Task.WhenAny(answered, _masterGone.Task);
        await settled.WaitAsync(AnswerTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void OnAnswer()
    {
        if (--_opening == 0) _answered?.TrySetResult();
    }

    /// <summary>
    /// The answer to the server's close waits: if this connection ends before it opens another channel, as it does
    /// after a single command, the master closes the channel itself, and does it once.
    /// </summary>
    private bool AdmitClose(uint serverNumber)
    {
        lock (_lock)
        {
            if (_closedThere.Remove(serverNumber))
            {
                _unsentCloses.Enqueue(serverNumber);
                return false;
            }

            _closed = true;
            return true;
        }
    }

    private bool AdmitRequest(Span<byte> message)
    {
        var reader = new SshReader(message[1..]);
        var type = reader.ReadText();
        var wantReplyAt = message.Length - reader.Rest.Length;
        var wantReply = reader.ReadBoolean();
        var admitted = type == GlobalRequestTypes.TcpipForward && IsAnswerable(ref reader);
        if (admitted)
        {
            // The server's reply would be taken for the one to a request of the master's own.
            message[wantReplyAt] = 0;
            lock (_lock) _forwards = true;
            LogForwardUnconfirmed();
        }
        else
        {
            LogRequestHeldBack(type);
        }

        if (wantReply) answerHere(admitted);
        return admitted;
    }

    /// <summary>Nobody would learn the port that the server chooses, the master included.</summary>
    private static bool IsAnswerable(ref SshReader reader)
    {
        reader.ReadString();
        return reader.ReadUInt32() != 0;
    }

    [LoggerMessage(
        Level = LogLevel.Debug,
        Message = "asked for a remote forward; this master does not tell whether the server agreed")]
    private partial void LogForwardUnconfirmed();

    [LoggerMessage(
        Level = LogLevel.Debug, Message = "answered a {Type} request here: this master would drop us for it")]
    private partial void LogRequestHeldBack(string type);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "the master at {Path} may end now: it has a channel of ours that it cannot close")]
    private partial void LogDangerousClose(string path);
}
