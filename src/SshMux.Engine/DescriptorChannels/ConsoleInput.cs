namespace SshMux.Engine.DescriptorChannels;

/// <summary>
/// What is typed on a console, on its way to the remote program, with escapes taken out. Keys come on the thread that reads
/// them, which waits here when too many have not been sent.
/// </summary>
/// <param name="program">What the remote program reads. Its end is the end of the keys.</param>
/// <param name="character">The escape character, or <see cref="NoEscape"/>.</param>
/// <param name="escapes">Carries the escapes out; null if there are none.</param>
internal sealed class ConsoleInput(Stream program, uint character, SessionEscapes? escapes) : IDisposable
{
    /// <summary>An escape character that never comes.</summary>
    public const uint NoEscape = uint.MaxValue;

    private const int MostWaiting = 1024 * 1024;

    private readonly EscapeFilter _filter = new(character);
    private readonly Lock _lock = new();
    private readonly Queue<Typed> _waiting = new();
    private readonly ManualResetEventSlim _room = new(true);
    private int _waitingBytes;
    private bool _sends;
    private volatile bool _abandoned;

    /// <summary>Whether keys are thrown away, because this process is busy with an escape that it was typed.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Takes keys. May wait for the server to take those from before.</summary>
    public void OnKeys(ReadOnlyMemory<byte> keys)
    {
        _room.Wait();
        var sent = new byte[keys.Length + 1];
        while (!keys.IsEmpty && !_abandoned)
        {
            var (taken, given, command) = _filter.Process(keys.Span, sent);
            keys = keys[taken..];
            if (IsPaused) continue;

            // Who wants to end it does not wait for a server that is gone.
            var ends = command == EscapeCommand.Terminate;
            Add(new Typed(sent.AsSpan(0, given).ToArray(), ends ? null : command));
            if (ends) Handle(EscapeCommand.Terminate);
        }
    }

    /// <summary>Nothing is typed any more: the console is gone.</summary>
    public void OnEnd() => Add(new Typed(default, null, IsEnd: true));

    /// <summary>Nothing more is sent; who waits in <see cref="OnKeys"/> goes on.</summary>
    public void Dispose()
    {
        // The event is not disposed: somebody may be about to wait for it, and it has nothing of the system's.
        _abandoned = true;
        _room.Set();
    }

    private void Add(Typed typed)
    {
        lock (_lock)
        {
            if (_abandoned) return;
            _waiting.Enqueue(typed);
            _waitingBytes += typed.Keys.Length;
            if (_waitingBytes > MostWaiting) _room.Reset();
            if (_sends) return;
            _sends = true;
        }

        _ = SendAsync();
    }

    private bool TryTake(out Typed next)
    {
        lock (_lock)
        {
            if (_waiting.TryDequeue(out next))
            {
                _waitingBytes -= next.Keys.Length;
                if (_waitingBytes <= MostWaiting) _room.Set();
                return true;
            }

            _sends = false;
            return false;
        }
    }

    private async Task SendAsync()
    {
        try
        {
            while (TryTake(out var next))
            {
                if (!next.Keys.IsEmpty) await program.WriteAsync(next.Keys).ConfigureAwait(false);
                if (next.Command is { } command) Handle(command);
                if (next.IsEnd) await program.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The program reads no more, or the session has ended.
            Dispose();
        }
    }

    private void Handle(EscapeCommand command)
    {
        try
        {
            escapes!.Handle(command);
        }
        catch (SshException)
        {
            // The connection has just ended, which the session tells.
            Dispose();
        }
    }

    /// <summary>Keys, and the escape behind them; or the end.</summary>
    private readonly record struct Typed(ReadOnlyMemory<byte> Keys, EscapeCommand? Command, bool IsEnd = false);
}
