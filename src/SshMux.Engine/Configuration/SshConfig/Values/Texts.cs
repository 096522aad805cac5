using SshMux.Engine.Configuration.SshConfig.Syntax;
using SshMux.Engine.Platform.Processes;

namespace SshMux.Engine.Configuration.SshConfig.Values;

/// <summary>Values that are texts: one word, the rest of the line, or a socket.</summary>
internal static class Texts
{
    /// <summary>One word.</summary>
    public static IReadOnlyList<string>? Word(Arguments arguments) => [arguments.Demand()];

    /// <summary>A command: the rest of the line as it stands, quotes and all.</summary>
    public static IReadOnlyList<string>? Command(Arguments arguments)
    {
        arguments.Consume();
        return [arguments.Text.TrimStart(' ', '\t', '\r', '\n', '=')];
    }

    /// <summary>VersionAddendum: the rest of the line; "none" is nothing.</summary>
    public static IReadOnlyList<string>? VersionAddendum(Arguments arguments)
    {
        arguments.Consume();
        if (arguments.Text.Contains('\r', StringComparison.Ordinal))
        {
            throw new SettingProblem("Invalid versionaddendum argument", endsAtOnce: true);
        }

        return [SettingValues.Is(arguments.Text, "none") ? "" : arguments.Text];
    }

    /// <summary>SshMuxSession, our own: a word that is no number.</summary>
    public static IReadOnlyList<string>? SessionName(Arguments arguments)
    {
        var name = arguments.Demand();
        return Configuration.SessionName.WhyNot(name) is { } whyNot
            ? throw new SettingProblem($"Bad session name: {whyNot}")
            : [name];
    }

    /// <summary>EscapeChar: a character, a control character as ^X, or none.</summary>
    public static IReadOnlyList<string>? EscapeChar(Arguments arguments) => arguments.Demand() switch
    {
        "none" => ["none"],
        [< '\x80'] character => [character],
        ['^', >= '@' and < '\x80'] control => [control],
        _ => throw new SettingProblem("Bad escape character; it must be one character, a control character as ^X, or none"),
    };

    /// <summary>IdentityAgent, and ForwardAgent's socket: a path, a variable as $NAME, or a word.</summary>
    public static IReadOnlyList<string>? AgentSocket(Arguments arguments) => [CheckSocket(arguments.Demand())];

    /// <summary>A socket's name whose variables are all set.</summary>
    public static string CheckSocket(string text)
    {
        if (FindUnsetVariable(text) is not null) throw new SettingProblem($"Invalid environment expansion {text}.");
        if (text is ['$', not '{', ..] or "$" && !IsVariable(text.AsSpan(1)))
        {
            throw new SettingProblem($"Invalid environment name {text}.");
        }

        return text;
    }

    /// <summary>
    /// The name of the first variable of a text (<c>${NAME}</c>) that is not set; empty: it has no name, or no end. Null:
    /// all are set.
    /// </summary>
    public static string? FindUnsetVariable(string text)
    {
        const string begin = "${";
        for (var i = text.IndexOf(begin, StringComparison.Ordinal); i >= 0;)
        {
            var end = text.IndexOf('}', i);
            var name = end < 0 ? "" : text[(i + begin.Length)..end];
            if (name.Length == 0 || ProcessEnvironment.Get(name) is null) return name;
            i = text.IndexOf(begin, end, StringComparison.Ordinal);
        }

        return null;
    }

    private static bool IsVariable(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_') return false;
        }

        return !name.IsEmpty;
    }
}
