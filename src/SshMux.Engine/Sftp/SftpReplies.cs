using System.Buffers.Binary;
using System.Diagnostics;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Sftp;

/// <summary>
/// Replies, out of pieces of any length: of most only their head is gathered, as data is handed on while it comes. For
/// the one reader of a session.
/// </summary>
/// <param name="label">What the server is called in errors.</param>
/// <param name="requests">Who waits for replies.</param>
/// <param name="sender">What is sent because of them gathers in it.</param>
internal sealed class SftpReplies(string label, SftpRequests requests, SftpSender sender)
{
    // Length, type and id; of SSH_FXP_DATA also how much data there is.
    private const int PlainHeadLength = SftpCodec.HeaderLength + 1 + 4;
    private const int DataHeadLength = PlainHeadLength + 4;

    private bool _isGreeted;

    // The beginning of a packet, and of how many bytes more is known about it.
    private byte[] _begun = new byte[1024];
    private int _begunLength;
    private int _wanted;

    // Whose data comes just now.
    private SftpPending? _taker;
    private uint _takerId;
    private int _dataLeft;

    /// <summary>The shortest time in which a request was answered.</summary>
    public TimeSpan RoundTrip { get; private set; } = TimeSpan.MaxValue;

    /// <summary>Takes what comes next from the server.</summary>
    /// <exception cref="SshException">The server breaks the protocol.</exception>
    public void Receive(ReadOnlySpan<byte> bytes)
    {
        sender.Hold();
        try
        {
            while (!bytes.IsEmpty)
            {
                if (_taker is not null)
                {
                    bytes = bytes[HandOn(bytes)..];
                }
                else if (_begunLength == 0)
                {
                    var used = Dispatch(bytes);
                    bytes = bytes[used..];
                    if (used == 0) Gather(ref bytes);
                }
                else
                {
                    Gather(ref bytes);
                    if (_begunLength == _wanted && Dispatch(_begun.AsSpan(0, _begunLength)) > 0) _begunLength = 0;
                }
            }
        }
        finally
        {
            sender.Release();
        }
    }

    /// <summary>Keeps as much as is wanted of a packet's beginning.</summary>
    private void Gather(ref ReadOnlySpan<byte> bytes)
    {
        if (_begun.Length < _wanted) Array.Resize(ref _begun, _wanted);
        var count = Math.Min(_wanted - _begunLength, bytes.Length);
        bytes[..count].CopyTo(_begun.AsSpan(_begunLength));
        _begunLength += count;
        bytes = bytes[count..];
    }

    private int HandOn(ReadOnlySpan<byte> bytes)
    {
        var taker = _taker!;
        var count = Math.Min(bytes.Length, _dataLeft);
        _dataLeft -= count;
        if (_dataLeft == 0)
        {
            // Not before: who is in the table is told of an end.
            requests.Remove(_takerId);
            _taker = null;
        }

        taker.OnData(bytes[..count], _dataLeft == 0);
        return count;
    }

    /// <summary>
    /// Hands on the packet that begins here, or begins to, and gives its bytes that are used; none, if more of it is
    /// wanted.
    /// </summary>
    private int Dispatch(ReadOnlySpan<byte> bytes)
    {
        _wanted = SftpCodec.HeaderLength;
        if (bytes.Length < _wanted) return 0;
        if (!_isGreeted) RefuseWhatIsNoServer(bytes);
        var length = SftpCodec.HeaderLength + SftpCodec.DecodeLength(bytes);
        _wanted = Math.Min(length, DataHeadLength);
        if (bytes.Length < _wanted) return 0;
        var packet = bytes[SftpCodec.HeaderLength..Math.Min(bytes.Length, length)];
        var id = BinaryPrimitives.ReadUInt32BigEndian(packet[1..]);
        var pending = requests.Find(id);
        if (packet[0] == SftpProtocol.Data && pending.TakesData)
        {
            _dataLeft = SftpCodec.DecodeDataLength(packet[5..], length - DataHeadLength);
            pending.OnDataBegun(_dataLeft);
            _taker = pending;
            _takerId = id;
            return DataHeadLength;
        }

        _wanted = length;
        if (bytes.Length < _wanted) return 0;
        if (pending is SftpVersionReply)
        {
            requests.RemoveGreeting();
            _isGreeted = true;
        }
        else
        {
            requests.Remove(id);
        }

        NoteRoundTrip(pending);
        try
        {
            pending.OnReply(packet[0], packet[5..]);
        }
        catch (SshException e)
        {
            // It is in the table no more, so it is told here.
            pending.OnEnded(e);
            throw;
        }

        return length;
    }

    private void NoteRoundTrip(SftpPending answered)
    {
        if (answered.RequestedAt == 0) return; // the greeting: it takes as long as the server's program to start
        var time = Stopwatch.GetElapsedTime(answered.RequestedAt);
        if (time < RoundTrip) RoundTrip = time;
    }

    /// <summary>A shell that prints something at its start spoils the stream: the text looks like a length.</summary>
    private void RefuseWhatIsNoServer(ReadOnlySpan<byte> first)
    {
        if (first[..SftpCodec.HeaderLength].ContainsAnyExceptInRange((byte)' ', (byte)'~')) return;
        var line = Printable.Text(first[..Math.Min(first.Length, 80)]);
        throw new SshException(
            SshError.ProtocolError,
            $"{label} printed something before its sftp server could speak: '{line}'; what the user's shell runs at "
            + "its start there must be silent without a terminal");
    }
}
