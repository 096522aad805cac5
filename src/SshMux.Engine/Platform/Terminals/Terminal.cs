namespace SshMux.Engine.Platform.Terminals;

/// <summary>What can be asked of, and done to, a terminal behind a descriptor.</summary>
internal static class Terminal
{
    /// <summary>What kind of terminal this process has: TERM, else the system's; empty: not known.</summary>
    public static string Kind => Environment.GetEnvironmentVariable("TERM") ?? SystemTerminals.Current.UsualKind;

    /// <summary>Whether the descriptor is a terminal.</summary>
    public static bool IsTerminal(DescriptorHandle descriptor) => WithNumber(descriptor, IsTerminal);

    /// <summary>Whether a descriptor of this process, by its number, is a terminal.</summary>
    public static bool IsTerminal(int descriptor) => SystemTerminals.Current.IsTerminal(descriptor);

    /// <summary>The size of the terminal, or null if the descriptor is none.</summary>
    public static WindowSize? GetSize(DescriptorHandle descriptor) => WithNumber(descriptor, GetSize);

    /// <summary>The size of the terminal behind a descriptor of this process, or null if that is none.</summary>
    public static WindowSize? GetSize(int descriptor) => SystemTerminals.Current.GetSize(descriptor);

    /// <summary>
    /// The terminal's modes as pty-req carries them (RFC 4254 section 8), speeds included; only the end mark if the
    /// descriptor is no terminal.
    /// </summary>
    public static byte[] GetEncodedModes(DescriptorHandle descriptor) => WithNumber(descriptor, GetEncodedModes);

    /// <summary>
    /// The modes of the terminal behind a descriptor of this process as pty-req carries them; only the end mark if it
    /// is none.
    /// </summary>
    public static byte[] GetEncodedModes(int descriptor) => SystemTerminals.Current.GetEncodedModes(descriptor);

    /// <summary>
    /// Puts the terminal into raw mode, in which every key goes through as it is; disposing the result restores what it
    /// was. Null if the descriptor is no terminal.
    /// </summary>
    /// <exception cref="SshException">The terminal refuses.</exception>
    public static TerminalMode? EnterRawMode(int descriptor) => SystemTerminals.Current.EnterRawMode(descriptor);

    /// <summary>
    /// Whether this process may use its terminal: a shell with job control lets only one job at a time. True also if the
    /// descriptor is not the terminal that controls the process.
    /// </summary>
    public static bool IsForeground(int descriptor) => SystemTerminals.Current.IsForeground(descriptor);

    /// <summary>
    /// Whether a shell with job control has started this process as a job on its terminal, which it can continue when the
    /// process stops itself.
    /// </summary>
    public static bool IsJob(int descriptor) => SystemTerminals.Current.IsJob(descriptor);

    /// <summary>Throws away what was typed and nobody has read; does nothing if the descriptor is no terminal.</summary>
    public static void DiscardInput(int descriptor) => SystemTerminals.Current.DiscardInput(descriptor);

    /// <summary>
    /// Writes text to a descriptor as it is, past the Console, which has ideas of its own about the terminal; gives false
    /// if nobody takes it any more.
    /// </summary>
    public static bool Write(int descriptor, string text) => SystemTerminals.Current.Write(descriptor, text);

    /// <summary>
    /// Tells of changes of the terminal's size, on any thread, until the result is disposed; null where it is told with the
    /// keys (<see cref="IConsole"/>).
    /// </summary>
    public static IDisposable? WatchSize(Action onResize) => SystemTerminals.Current.WatchSize(onResize);

    private static T WithNumber<T>(DescriptorHandle descriptor, Func<int, T> function)
    {
        var held = false;
        try
        {
            descriptor.DangerousAddRef(ref held);
            return function(descriptor.Number);
        }
        finally
        {
            if (held) descriptor.DangerousRelease();
        }
    }
}
