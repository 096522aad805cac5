using System.Globalization;
using System.Text;

namespace SshMux.Engine.DescriptorChannels;

/// <summary>What escapes say, in ssh(1)'s words. Lines end in CR LF, because the terminal is raw.</summary>
internal static class EscapeTexts
{
    private const string Suspend = "suspend ssh";

    /// <summary>What the user reads before <c>~^Z</c> stops the process.</summary>
    public static string Suspending(char character) => $"{character}^Z [{Suspend}]\r\n";

    /// <summary>The answer to <c>~?</c>.</summary>
    /// <param name="character">The escape character.</param>
    /// <param name="host">Null for a session of a master's client.</param>
    /// <param name="suspension">Null if nothing can stop that client.</param>
    public static string Help(char character, IEscapeHost? host, IClientSuspension? suspension = null)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{character}?\r\nSupported escape sequences:\r\n");
        Add(".", host is null ? "terminate session" : "terminate connection (and any multiplexed sessions)");
        Add("B", "send a BREAK to the remote system");
        if (host is { HasCommandLine: true }) Add("C", "open a command line");
        Add("I", "show connection information");
        Add("R", "request rekey");
        if (host is not null) Add("V/v", "decrease/increase verbosity (LogLevel)");
        if (host is not null || suspension is not null) Add("^Z", Suspend);
        Add("#", "list forwarded connections");
        Add("?", "this message");
        Add($"{character}", "send the escape character by typing it twice");
        text.Append("(Note that escapes are only recognized immediately after newline.)\r\n");
        return text.ToString();

        void Add(string key, string what) =>
            text.Append(CultureInfo.InvariantCulture, $" {character}{key,-3} - {what}\r\n");
    }

    /// <summary>The answer to an escape that a master's client cannot have.</summary>
    public static string NotForClients(char character, string key) =>
        $"{character}{key} escape not available to multiplexed sessions\r\n";

    /// <summary>
    /// The answer to <c>~&amp;</c>: ssh(1) forks there, but a .NET process cannot be forked and go on.
    /// </summary>
    public static string NoBackground(char character) =>
        $"{character}& [not available: use {character}^Z and the shell's bg, or start with -f]\r\n";

    /// <summary>The answer to <c>~&amp;</c> where a client can be suspended: its session waits then, but the rest does not.</summary>
    public static string NoBackgroundForClients(char character) =>
        $"{character}& [not available: use {character}^Z; the connection and its forwards are the master's, and go on]\r\n";
}
