namespace SshMux.PowerShell.Terminals;

/// <summary>
/// Control sequences that undo what a full-screen program may have left behind when it could not end in good order. On a
/// terminal that is as it should be they change nothing, and nothing is seen of them.
/// </summary>
internal static class TerminalReset
{
    // DECCKM and DECKPNM: cursor keys and keypad as they are by default.
    private const string PlainKeys = "\e[?1l\e>";

    // The cursor is shown; no colours; ASCII in G0, and G0 in use.
    private const string PlainText = "\e[?25h\e[0m\e(B\x0f";

    // Leaving the alternate screen brings back the cursor from when it was entered; some terminals do that also where
    // nobody has entered it, and then the cursor is anywhere. So it is entered first, which does nothing if it is there.
    private const string MainScreen = "\e[?1049h\e[?1049l";

    // The whole screen scrolls (asking for that moves the cursor), no insert mode, lines wrap.
    private const string PlainScreen = "\e7\e[r\e8\e[4l\e[?7h";

    // No bracketed paste, no reports of mouse (in any of its ways) and focus, no synchronized update.
    private const string NoReports =
        "\e[?2004l\e[?9l\e[?1000l\e[?1002l\e[?1003l\e[?1004l\e[?1005l\e[?1006l\e[?1015l\e[?2026l";

    // xterm's modifyOtherKeys and kitty's keyboard protocol, with which Ctrl-C is no Ctrl-C; the cursor's usual shape.
    private const string PlainKeyboard = "\e[>4m\e[=0u\e[0 q";

    /// <summary>What to write before a remote program gets the terminal.</summary>
    public static string Before(string? term) => IsDumb(term) ? "" : PlainKeys;

    /// <summary>What to write after it.</summary>
    public static string After(string? term) => term switch
    {
        _ when IsDumb(term) => "",
        // The Linux console would show parts of what it does not know.
        "linux" => PlainKeys + PlainText,
        _ => MainScreen + PlainScreen + PlainText + PlainKeys + NoReports + PlainKeyboard,
    };

    private static bool IsDumb(string? term) => term is null or "" or "dumb" or "unknown";
}
