using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Terminals;

/// <summary>The console of Windows, behind the standard handles that stand for descriptors 0, 1 and 2.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsTerminals : SystemTerminals
{
    private const int StandardOutput = 1;

    /// <inheritdoc/>
    // As OpenSSH for Windows says it; the console takes most of what that kind of terminal does.
    public override string UsualKind => "xterm-256color";

    /// <inheritdoc/>
    public override bool IsTerminal(int descriptor)
    {
        using var handle = ConsoleHandles.Standard(descriptor);
        return !handle.IsInvalid && ConsoleCalls.GetConsoleMode(handle, out _);
    }

    /// <inheritdoc/>
    // Only output has a size, and there is one console.
    public override WindowSize? GetSize(int descriptor)
    {
        if (!IsTerminal(descriptor)) return null;
        using var output = ConsoleHandles.TryOpen(output: true);
        return output is null ? null : ConsoleHandles.SizeOf(output);
    }

    /// <inheritdoc/>
    public override byte[] GetEncodedModes(int descriptor) =>
        IsTerminal(descriptor) ? TerminalModes.OfConsole() : [TerminalModes.End];

    /// <inheritdoc/>
    public override TerminalMode? EnterRawMode(int descriptor) =>
        ConsoleMode.EnterRaw(ConsoleHandles.Standard(descriptor), ConsoleHandles.Standard(StandardOutput));

    /// <inheritdoc/>
    public override bool IsForeground(int descriptor) => true;

    /// <inheritdoc/>
    public override bool IsJob(int descriptor) => false;

    /// <inheritdoc/>
    public override void DiscardInput(int descriptor)
    {
        using var handle = ConsoleHandles.Standard(descriptor);
        if (!handle.IsInvalid) _ = ConsoleCalls.FlushConsoleInputBuffer(handle);
    }

    /// <inheritdoc/>
    public override bool Write(int descriptor, string text)
    {
        using var handle = ConsoleHandles.Standard(descriptor);
        return !handle.IsInvalid && ConsoleHandles.TryWrite(handle, text);
    }

    /// <inheritdoc/>
    // The console tells it among the keys, to whoever reads those.
    public override IDisposable? WatchSize(Action onResize) => null;
}
