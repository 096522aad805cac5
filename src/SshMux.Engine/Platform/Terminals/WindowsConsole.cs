using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Platform.Terminals;

/// <summary>The console of this process, in raw mode (<see cref="ConsoleMode.EnterRaw"/>).</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsConsole : IConsole
{
    private readonly SafeFileHandle _input = ConsoleHandles.Standard(0);
    private readonly SafeFileHandle _output = ConsoleHandles.Standard(1);
    private readonly ConsoleWriter _writer;
    private readonly ConsoleKeys _keys = new();
    private readonly List<byte> _typed = [];
    private ConsoleReader? _reader;
    private WindowSize? _size;

    public WindowsConsole() => _writer = new ConsoleWriter(_output);

    /// <inheritdoc/>
    public WindowSize? Size => ConsoleHandles.SizeOf(_output);

    /// <inheritdoc/>
    public void StartReading(Action<ReadOnlyMemory<byte>> onKeys, Action onResize, Action onEnd)
    {
        _size = Size;
        _reader = ConsoleReader.Start(_input, records => OnRecords(records.Span, onKeys, onResize), onEnd);
    }

    /// <inheritdoc/>
    public Task WriteAsync(ReadOnlyMemory<byte> text) => _writer.WriteAsync(text);

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader?.Dispose();
        _writer.Dispose();
    }

    private bool OnRecords(ReadOnlySpan<ConsoleRecord> records, Action<ReadOnlyMemory<byte>> onKeys, Action onResize)
    {
        foreach (ref readonly var record in records) _keys.Add(record, _typed);

        // Not only at WINDOW_BUFFER_SIZE_EVENT: a window of another height may have the same buffer to scroll in.
        if (Size is { } size && size != _size)
        {
            _size = size;
            onResize();
        }

        if (_typed.Count == 0) return true;
        onKeys(_typed.ToArray());
        _typed.Clear();
        return true;
    }
}
