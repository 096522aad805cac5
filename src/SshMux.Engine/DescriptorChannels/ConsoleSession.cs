using System.Buffers;
using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Platform.Terminals;
using SshMux.Engine.Streams;

namespace SshMux.Engine.DescriptorChannels;

/// <summary>
/// A remote program on a console, which has no descriptor: what is typed goes to it, with escapes in it if there are any,
/// and what it writes is shown.
/// </summary>
internal sealed class ConsoleSession : IEscapeEnds, IAsyncDisposable
{
    private const int BufferSize = 32 * 1024;

    // So many of our own texts may wait for the console before more are dropped.
    private const int MostOwnTexts = 64;

    private readonly ChannelProcess _process;
    private readonly IConsole _console;
    private readonly ConsoleInput _input;
    private readonly SemaphoreSlim _turn = new(1, 1); // of writing to the console
    private readonly TaskCompletionSource<CommandExit> _completion =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile bool _isEndedByUser;
    private int _ownTexts;

    private ConsoleSession(ChannelProcess process, IConsole console, char? escape)
    {
        _process = process;
        _console = console;
        process.Channel.IsInteractive = true;
        _input = escape is { } character
            ? new ConsoleInput(process.StandardInput, character, new SessionEscapes(character, this, process.Channel, null))
            : new ConsoleInput(process.StandardInput, ConsoleInput.NoEscape, null);
    }

    /// <summary>
    /// How the program ended, once all that it wrote is shown, or at once when its user ended the session. Faults with an
    /// <see cref="SshException"/> if the connection ended first.
    /// </summary>
    public Task<CommandExit> Completion => _completion.Task;

    /// <summary>Whether the user ended the session with an escape.</summary>
    public bool IsEndedByUser => _isEndedByUser;

    /// <summary>Starts the program; nothing is read or shown before <see cref="Start"/>.</summary>
    /// <param name="sessions">Where the session comes from.</param>
    /// <param name="request">What to run, and the terminal to ask for.</param>
    /// <param name="escape">The escape character; null for none.</param>
    /// <param name="console">The console, which is taken over if this succeeds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">The server refuses, or why the connection ended.</exception>
    public static async Task<ConsoleSession> StartAsync(
        ISessionSource sessions,
        SessionRequest request,
        char? escape,
        IConsole console,
        CancellationToken cancellationToken)
    {
        var process = new ChannelProcess();
        await process.StartAsync(sessions, request, cancellationToken).ConfigureAwait(false);
        return new ConsoleSession(process, console, escape);
    }

    /// <summary>Begins to read keys and to show what the program writes.</summary>
    public void Start()
    {
        _console.StartReading(_input.OnKeys, Resize, _input.OnEnd);
        _ = CarryAsync();
    }

    /// <summary>Tells the program the size that the console has now.</summary>
    public void Resize()
    {
        if (PtyDescription.SizeOf(_console.Size) is { } size) _process.Channel.ChangeWindow(size);
    }

    /// <summary>Ends the session if it still runs, and reads no more keys.</summary>
    public async ValueTask DisposeAsync()
    {
        _input.Dispose();

        // At once: whoever reads the console next must not find another reader there.
        _console.Dispose();
        await _process.DisposeAsync().ConfigureAwait(false);
    }

    void IEscapeEnds.WriteError(string text)
    {
        if (Interlocked.Increment(ref _ownTexts) > MostOwnTexts) Interlocked.Decrement(ref _ownTexts);
        else _ = WriteOwnAsync(Encoding.UTF8.GetBytes(text));
    }

    void IEscapeEnds.EndAtOnce(SshException reason)
    {
        _isEndedByUser = true;
        _input.Dispose();
        _process.Channel.Close();
        _completion.TrySetResult(default);
    }

    void IEscapeEnds.PauseKeys() => _input.IsPaused = true;

    void IEscapeEnds.ResumeKeys() => _input.IsPaused = false;

    private async Task WriteOwnAsync(byte[] text)
    {
        await WriteAsync(text).ConfigureAwait(false);
        Interlocked.Decrement(ref _ownTexts);
    }

    private async Task CarryAsync()
    {
        try
        {
            await Task.WhenAll(ShowAsync(_process.StandardOutput), ShowAsync(_process.StandardError)).ConfigureAwait(false);
            _completion.TrySetResult(await _process.Exit.ConfigureAwait(false));
        }
        catch (Exception e)
        {
            _completion.TrySetException(e);
        }
    }

    private async Task ShowAsync(Stream stream)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (true)
            {
                var count = await stream.ReadAsync(buffer).ConfigureAwait(false);
                if (count == 0) return;
                await WriteAsync(buffer.AsMemory(0, count)).ConfigureAwait(false);
            }
        }
        catch (IOException)
        {
            // The connection has ended; the program's exit has the reason.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> text)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            await _console.WriteAsync(text).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }
}
