namespace SshMux.Engine.Transport.Packets;

/// <summary>
/// Where bytes from the peer are read to and decrypted in place. One array for the life of the connection, which does
/// not move; it holds the longest packet. Not thread-safe.
/// </summary>
internal sealed class ReceiveBuffer(int capacity)
{
    /// <summary>With less room than this at the end, what is unread moves to the front before the next read.</summary>
    private const int WorthReading = 64 * 1024;

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(capacity, pinned: true);
    private int _start;
    private int _end;
    private long _total;

    /// <summary>All bytes that were ever read into the buffer; any thread may ask.</summary>
    public long TotalReceived => Interlocked.Read(ref _total);

    /// <summary>What has arrived and was not consumed.</summary>
    public Span<byte> Unread => _bytes.AsSpan(_start, _end - _start);

    /// <summary>Makes room (moving what is unread, so spans into it are lost) and gives it to be read into.</summary>
    public Memory<byte> MakeRoom()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_start > 0 && _bytes.Length - _end < Math.Min(WorthReading, _bytes.Length / 2))
        {
            Unread.CopyTo(_bytes);
            _end -= _start;
            _start = 0;
        }

        return _bytes.AsMemory(_end);
    }

    /// <summary>Tells that <paramref name="count"/> bytes were read into the room.</summary>
    public void Add(int count)
    {
        _end += count;
        Interlocked.Add(ref _total, count);
    }

    /// <summary>Whether <paramref name="data"/> lies in the buffer: then it stays until the buffer is read into again.</summary>
    public bool Holds(ReadOnlySpan<byte> data) => data.Overlaps(_bytes);

    /// <summary>Gives up the first <paramref name="count"/> unread bytes.</summary>
    public void Consume(int count) => _start += count;

    /// <summary>Overwrites everything; passwords and keys of the user's sessions have passed through here.</summary>
    public void Wipe()
    {
        _bytes.AsSpan().Clear();
        _start = _end = 0;
    }
}
