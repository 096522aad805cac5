using SshMux.Engine.Channels;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.Engine.DescriptorChannels;

/// <summary>Describes a terminal of this machine to a server (RFC 4254 sections 6.2 and 6.7).</summary>
internal static class PtyDescription
{
    /// <summary>
    /// The request for a remote terminal like the local one behind <paramref name="descriptor"/>: its size and its modes.
    /// Of a descriptor that is no terminal neither is known, and the request is made without them, as ssh(1) -tt does.
    /// To be called before the terminal is put into raw mode.
    /// </summary>
    /// <param name="descriptor">The local terminal.</param>
    /// <param name="term">The value of TERM that goes with it.</param>
    public static PtyRequest Of(DescriptorHandle descriptor, string term) =>
        new(term, SizeOf(Terminal.GetSize(descriptor)) ?? default, Terminal.GetEncodedModes(descriptor));

    /// <summary>The request for a remote terminal like the one that is this process's standard input.</summary>
    /// <param name="term">The value of TERM that goes with it.</param>
    public static PtyRequest OfThisProcess(string term) =>
        new(term, SizeOf(Terminal.GetSize(0)) ?? default, Terminal.GetEncodedModes(0));

    /// <summary>A window's size in the words of the protocol.</summary>
    internal static TerminalSize? SizeOf(WindowSize? size) => size is { } known
        ? new TerminalSize(known.Columns, known.Rows, known.WidthPixels, known.HeightPixels)
        : null;
}
