using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Platform.Terminals;

/// <summary>A change of the modes of Windows' console: of its input, and of its output if that is changed, too.</summary>
[SupportedOSPlatform("windows")]
internal sealed class ConsoleMode : TerminalMode
{
    private const uint ProcessedInput = 0x1; // ENABLE_PROCESSED_INPUT: Ctrl-C is a signal
    private const uint LineInput = 0x2; // ENABLE_LINE_INPUT
    private const uint EchoInput = 0x4; // ENABLE_ECHO_INPUT
    private const uint WindowInput = 0x8; // ENABLE_WINDOW_INPUT: changes of the size are told
    private const uint MouseInput = 0x10; // ENABLE_MOUSE_INPUT
    private const uint VirtualTerminalInput = 0x200; // ENABLE_VIRTUAL_TERMINAL_INPUT
    private const uint ProcessedOutput = 0x1; // ENABLE_PROCESSED_OUTPUT
    private const uint VirtualTerminalProcessing = 0x4; // ENABLE_VIRTUAL_TERMINAL_PROCESSING
    private const uint NoNewlineReturn = 0x8; // DISABLE_NEWLINE_AUTO_RETURN

    private readonly SafeFileHandle _input;
    private readonly SafeFileHandle? _output;
    private readonly (uint Input, uint Output) _before;
    private readonly (uint Input, uint Output) _after;

    private ConsoleMode(
        SafeFileHandle input, SafeFileHandle? output, (uint Input, uint Output) before, (uint Input, uint Output) after)
    {
        _input = input;
        _output = output;
        _before = before;
        _after = after;
    }

    /// <summary>
    /// Every key comes as it is, as a terminal of Unix would send it, and what is written is taken as such a terminal takes
    /// it. Code pages play no part: characters are read and written as UTF-16. Null if one of the handles is no console.
    /// </summary>
    /// <exception cref="SshException">The console cannot do it (Windows before 10).</exception>
    public static ConsoleMode? EnterRaw(SafeFileHandle input, SafeFileHandle output)
    {
        if (input.IsInvalid || output.IsInvalid
            || !ConsoleCalls.GetConsoleMode(input, out var read) || !ConsoleCalls.GetConsoleMode(output, out var written))
        {
            return null;
        }

        var after = (
            (read & ~(ProcessedInput | LineInput | EchoInput | MouseInput)) | WindowInput | VirtualTerminalInput,
            written | ProcessedOutput | VirtualTerminalProcessing | NoNewlineReturn);
        var mode = new ConsoleMode(input, output, (read, written), after);
        if (mode.TrySet(after)) return mode;
        var failure = ConsoleHandles.Failed("the console cannot stand for a terminal of the server");
        mode.SetBefore();
        throw failure;
    }

    /// <summary>
    /// Keys come one by one and are not shown; Ctrl-C is a signal all the same. Null if the handle is no console.
    /// </summary>
    /// <exception cref="SshException">The console refuses.</exception>
    public static ConsoleMode? HideInput(SafeFileHandle input)
    {
        if (input.IsInvalid || !ConsoleCalls.GetConsoleMode(input, out var before)) return null;
        var after = (before & ~(LineInput | EchoInput | MouseInput | VirtualTerminalInput)) | ProcessedInput;
        var mode = new ConsoleMode(input, null, (before, 0), (after, 0));
        return mode.TrySet((after, 0)) ? mode : throw ConsoleHandles.Failed("the console does not hide what is typed");
    }

    /// <inheritdoc/>
    protected override void SetAfter() => _ = TrySet(_after);

    /// <inheritdoc/>
    protected override void SetBefore()
    {
        // Each for itself: one that is gone keeps nobody from the other.
        _ = ConsoleCalls.SetConsoleMode(_input, _before.Input);
        if (_output is not null) _ = ConsoleCalls.SetConsoleMode(_output, _before.Output);
    }

    private bool TrySet((uint Input, uint Output) modes) =>
        ConsoleCalls.SetConsoleMode(_input, modes.Input)
        && (_output is null || ConsoleCalls.SetConsoleMode(_output, modes.Output));
}
