using System.Globalization;
using SshMux.Engine.Configuration.SshConfig.Syntax;

namespace SshMux.Engine.Configuration.SshConfig.Values;

/// <summary>The value of SshMuxReconnect, our own: <c>no</c>, <c>yes [TIME]</c> or <c>NUMBER [TIME]</c>.</summary>
internal static class Reconnect
{
    private const string No = "no";
    private const string Yes = "yes";

    /// <summary>Reads the words as they are written.</summary>
    public static IReadOnlyList<string>? Read(Arguments arguments)
    {
        var word = arguments.Demand("missing argument.");
        return word.ToLowerInvariant() switch
        {
            No => [No],
            Yes => [Yes, ReadWait(arguments)],
            _ when int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var attempts)
                && attempts is >= 1 and <= Reconnection.MostAttempts => [Text(attempts), ReadWait(arguments)],
            _ => throw new SettingProblem(
                $"unsupported option \"{word}\"; it can be no, yes and a time, or a number of attempts (1 to "
                + $"{Text(Reconnection.MostAttempts)}) and a time"),
        };
    }

    /// <summary>What the words say that <see cref="Read"/> gave; null: a lost connection is not made again.</summary>
    public static Reconnection? Of(IReadOnlyList<string> words) => words switch
    {
        [Yes, var wait] => new(null, TimeSpan.FromSeconds(Number(wait))),
        [var attempts, var wait] => new(Number(attempts), TimeSpan.FromSeconds(Number(wait))),
        _ => null,
    };

    private static string ReadWait(Arguments arguments)
    {
        if (arguments.Next() is not { } time) return Text((int)Reconnection.UsualWait.TotalSeconds);
        return ConfigurationTime.TryParse(time) is { } seconds
            ? Text(seconds)
            : throw new SettingProblem($"invalid time value '{time}'; it must be a time such as 90, 2m or 1h30m");
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
