using System.Text;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.Engine.Tests.DescriptorChannels;

/// <summary>A console in the hands of the test: it types, changes the size, and sees what is shown.</summary>
internal sealed class TestConsole : IConsole
{
    private readonly StringBuilder _shown = new();
    private Action<ReadOnlyMemory<byte>>? _onKeys;
    private Action? _onResize;
    private Action? _onEnd;

    public WindowSize? Size { get; private set; } = new(80, 24, 0, 0);

    public bool IsDisposed { get; private set; }

    /// <summary>Completes writes; taken away, the console shows nothing more.</summary>
    public Task Writing { get; set; } = Task.CompletedTask;

    public string Shown
    {
        get { lock (_shown) return _shown.ToString(); }
    }

    public void StartReading(Action<ReadOnlyMemory<byte>> onKeys, Action onResize, Action onEnd)
    {
        _onKeys = onKeys;
        _onResize = onResize;
        _onEnd = onEnd;
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> text)
    {
        await Writing;
        lock (_shown) _shown.Append(Encoding.UTF8.GetString(text.Span));
    }

    public void Type(string keys) => _onKeys!(Encoding.UTF8.GetBytes(keys));

    public void Resize(WindowSize size)
    {
        Size = size;
        _onResize!();
    }

    public void Close() => _onEnd!();

    public void Dispose() => IsDisposed = true;
}
