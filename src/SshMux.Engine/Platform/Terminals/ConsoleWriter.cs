using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Platform.Terminals;

/// <summary>
/// Writes to Windows' console on a thread of its own, because a write waits for as long as the user has marked something in
/// the window.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class ConsoleWriter : IDisposable
{
    private readonly SafeFileHandle _output;
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly Thread _thread;
    private char[] _characters = new char[4096];
    private ReadOnlyMemory<byte> _text;
    private TaskCompletionSource? _written;
    private bool _stopped;

    /// <summary>Begins the thread.</summary>
    /// <param name="output">The console's output, which must stay open until the writer is disposed.</param>
    public ConsoleWriter(SafeFileHandle output)
    {
        _output = output;
        _thread = new Thread(Run) { IsBackground = true, Name = "console output" };
        _thread.Start();
    }

    /// <inheritdoc cref="IConsole.WriteAsync"/>
    public Task WriteAsync(ReadOnlyMemory<byte> text)
    {
        lock (_lock)
        {
            if (_stopped) return Task.CompletedTask;
            var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _text = text;
            _written = written;
            _work.Release();
            return written.Task;
        }
    }

    /// <summary>Ends the thread, after what is written at the moment.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_stopped) return;
            _stopped = true;
            _work.Release();
        }
    }

    private void Run()
    {
        while (true)
        {
            _work.Wait();
            var written = Interlocked.Exchange(ref _written, null);
            if (written is null) return;
            Write(_text.Span);
            written.SetResult();
        }
    }

    private void Write(ReadOnlySpan<byte> text)
    {
        // A character whose end has not come yet stays in the decoder: the console takes whole ones only.
        if (_characters.Length < text.Length + 2) _characters = new char[text.Length + 2];
        var count = _decoder.GetChars(text, _characters, flush: false);
        _ = ConsoleHandles.TryWrite(_output, _characters.AsSpan(0, count));
    }
}
