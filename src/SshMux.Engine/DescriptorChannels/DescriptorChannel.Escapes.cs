using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Engine.DescriptorChannels;

// Standard input with escapes in it. What was read is kept apart from what is to be sent, so that an escape is carried
// out before the keys after it are looked at, and can hold them back.
public sealed partial class DescriptorChannel
{
    private const int NotPaused = 0;
    private const int PauseWanted = 1;
    private const int Paused = 2;

    private EscapeFilter? _filter;
    private SessionEscapes? _escapes;
    private EscapeCommand? _due;
    private int _paused;
    private int _typedStart;
    private int _typedEnd;
    private bool _isInputEmptied;

    /// <summary>
    /// Obeys escapes in standard input. To be called when the channel is open and before <see cref="StartInput"/>.
    /// </summary>
    /// <param name="character">The escape character; one beyond a byte never comes.</param>
    /// <param name="host">What this process can do itself; null for the session of a master's client.</param>
    public void UseEscapes(uint character, IEscapeHost? host)
    {
        _channel!.IsInteractive = true;
        _filter = new EscapeFilter(character);
        _escapes = new SessionEscapes((char)character, this, _channel, host);
    }

    /// <summary>
    /// Whether the user ended the session with an escape; how the program ends because of that is of no interest then.
    /// </summary>
    public bool IsEndedByUser { get; private set; }

    /// <summary>
    /// Writes a text of our own to the session's error output, in turn with what the server sends; drops it if nobody
    /// has read much of what came before.
    /// </summary>
    internal void WriteError(string text)
    {
        if (_errorOutput?.Waiting > BufferSize) return;
        var bytes = Encoding.UTF8.GetBytes(text);

        // Written data is accounted to the peer's window, but this is not the peer's.
        _channel!.Consumed(-bytes.Length);
        Write(_errorOutput, bytes);
    }

    /// <summary>Ends the session as its user wants it, without waiting for the server.</summary>
    internal void EndAtOnce(SshException reason)
    {
        IsEndedByUser = true;
        Fail(reason);
    }

    /// <summary>Reads no more keys until <see cref="ResumeInput"/>. To be called from an escape's handler.</summary>
    internal void PauseInput() => Volatile.Write(ref _paused, PauseWanted);

    /// <summary>Goes on reading keys.</summary>
    internal void ResumeInput()
    {
        if (Interlocked.Exchange(ref _paused, NotPaused) == Paused) ThreadPool.UnsafeQueueUserWorkItem(this, false);
    }

    private Next PumpTyped(Channel channel, ref int moved)
    {
        if (_start == _end)
        {
            if (_inputEnded != 0 || Interlocked.CompareExchange(ref _paused, Paused, PauseWanted) == PauseWanted)
            {
                return Next.Nothing;
            }

            if (_typedStart == _typedEnd && ReadTyped(channel) is { } waitFor) return waitFor;
            (var taken, _end, _due) = _filter!.Process(_buffer.AsSpan(_typedStart.._typedEnd), _buffer);
            _start = 0;
            _typedStart += taken;
        }

        var sent = channel.TrySend(_buffer.AsSpan(_start.._end));
        _start += sent;
        moved += sent;

        // What was typed before an escape goes first; but who wants to end it does not wait for a server that is gone.
        if (_due is { } command && (_start == _end || command == EscapeCommand.Terminate))
        {
            _due = null;
            _escapes!.Handle(command);
        }

        if (_start != _end) return Next.WaitForChannel;
        return _typedStart == _typedEnd && _isInputEmptied ? Next.WaitForInput : Next.Again;
    }

    /// <summary>Reads into the buffer behind its first byte; gives what to wait for if there is nothing.</summary>
    private Next? ReadTyped(Channel channel)
    {
        var allowance = Math.Min(channel.SendAllowance, BufferSize - 1);
        if (allowance == 0) return Next.WaitForChannel;
        var count = _input!.Read(_buffer.AsSpan(1, allowance));
        if (count == DescriptorReader.WouldBlock) return Next.WaitForInput;
        if (count == 0)
        {
            EndInput(sendEof: true);
            return Next.Nothing;
        }

        _isInputEmptied = count < allowance && _input.ShortReadMeansEmpty;
        _typedStart = 1;
        _typedEnd = 1 + count;
        return null;
    }
}
