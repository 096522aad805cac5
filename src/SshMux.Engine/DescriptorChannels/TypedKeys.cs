namespace SshMux.Engine.DescriptorChannels;

/// <summary>
/// What a user types, with escapes in it. What was read is kept apart from what is to be sent, so that an escape is
/// carried out before the keys after it are looked at, and can hold them back. Used by the one pump of the session's
/// input; <see cref="Pause"/> and <see cref="Resume"/> by anybody.
/// </summary>
/// <param name="character">The escape character; one beyond a byte never comes.</param>
/// <param name="escapes">Carries the escapes out.</param>
internal sealed class TypedKeys(uint character, SessionEscapes escapes)
{
    /// <summary>Where keys are read to in the buffer: what is to be sent can be a byte longer.</summary>
    public const int Start = 1;

    private const int NotPaused = 0;
    private const int PauseWanted = 1;
    private const int Paused = 2;

    private readonly EscapeFilter _filter = new(character);
    private EscapeCommand? _due;
    private int _paused;
    private int _start;
    private int _end;

    /// <summary>Whether all that was read was looked at.</summary>
    public bool IsEmpty => _start == _end;

    /// <summary>Whether nothing more could be read when these keys were.</summary>
    public bool IsInputEmptied { get; private set; }

    /// <summary>How many bytes were read but not looked at.</summary>
    public int Waiting => Math.Max(_end - _start, 0);

    /// <summary>Has the pump stop before the next keys.</summary>
    public void Pause() => Volatile.Write(ref _paused, PauseWanted);

    /// <summary>Ends the pause; whether the pump had stopped, and must be started again.</summary>
    public bool Resume() => Interlocked.Exchange(ref _paused, NotPaused) == Paused;

    /// <summary>Whether there is a pause, so that the pump stops now.</summary>
    public bool IsPaused() => Interlocked.CompareExchange(ref _paused, Paused, PauseWanted) == PauseWanted;

    /// <summary>So many bytes were read to <see cref="Start"/>.</summary>
    public void Add(int count, bool isInputEmptied)
    {
        IsInputEmptied = isInputEmptied;
        _start = Start;
        _end = Start + count;
    }

    /// <summary>
    /// Moves what is to be sent to the beginning of the buffer, up to the next escape, and gives how much that is.
    /// </summary>
    public int Filter(Span<byte> buffer)
    {
        (var taken, var given, _due) = _filter.Process(buffer[_start.._end], buffer);
        _start += taken;
        return given;
    }

    /// <summary>
    /// Carries out the escape that <see cref="Filter"/> has stopped at. What was typed before it goes first; but who
    /// wants to end it does not wait for a server that is gone.
    /// </summary>
    public void HandleDue(bool isAllSent)
    {
        if (_due is not { } command || !(isAllSent || command == EscapeCommand.Terminate)) return;
        _due = null;
        escapes.Handle(command);
    }
}
