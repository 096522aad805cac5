using SshMux.Engine.Channels;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.Engine.DescriptorChannels;

// Standard input as a terminal.
public sealed partial class DescriptorChannel
{
    /// <summary>
    /// The request for a remote terminal like the local one behind <paramref name="descriptor"/>: its size and its modes.
    /// Of a descriptor that is no terminal neither is known, and the request is made without them, as ssh(1) -tt does.
    /// To be called before the terminal is put into raw mode.
    /// </summary>
    public static PtyRequest DescribeTerminal(DescriptorHandle descriptor, string term) =>
        new(term, ToTerminalSize(Terminal.GetSize(descriptor)) ?? default, Terminal.GetEncodedModes(descriptor));

    /// <summary>The present size of the terminal that is the session's standard input; null if it is none, or closed.</summary>
    public TerminalSize? GetTerminalSize() => ToTerminalSize(_isTerminal ? _input!.GetWindowSize() : null);

    private static TerminalSize? ToTerminalSize(WindowSize? size) => size is { } known
        ? new TerminalSize(known.Columns, known.Rows, known.WidthPixels, known.HeightPixels)
        : null;
}
