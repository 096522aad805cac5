namespace SshMux.Engine.Platform.Terminals;

/// <summary>
/// A terminal that is no descriptor: somebody who types, and a screen. When it is disposed no key is read any more.
/// </summary>
internal interface IConsole : IDisposable
{
    /// <summary>The size of the window; null if it has none (any more).</summary>
    WindowSize? Size { get; }

    /// <summary>
    /// Begins to read keys; once. The calls come one at a time, on a thread that is nobody else's, so that they may block.
    /// </summary>
    /// <param name="onKeys">Is given what was typed, in UTF-8, valid during the call.</param>
    /// <param name="onResize">Is told that the size has changed.</param>
    /// <param name="onEnd">Is told that there is nothing to read any more.</param>
    void StartReading(Action<ReadOnlyMemory<byte>> onKeys, Action onResize, Action onEnd);

    /// <summary>
    /// Shows UTF-8, whose characters may be divided among calls. Completes when it is shown, or when there is no console any
    /// more to show it; for one writer at a time.
    /// </summary>
    Task WriteAsync(ReadOnlyMemory<byte> text);
}
