using System.Globalization;
using SshMux.Engine.Configuration.SshConfig.Syntax;

namespace SshMux.Engine.Configuration.SshConfig.Values;

/// <summary>The value of SshMuxOverflow, our own: <c>queue [TIME]</c>, <c>connect [NUMBER [TIME]]</c> or <c>refuse</c>.</summary>
internal static class Overflow
{
    private const string Queue = "queue";
    private const string Connect = "connect";
    private const string Refuse = "refuse";

    /// <summary>Reads the words as they are written.</summary>
    public static IReadOnlyList<string>? Read(Arguments arguments)
    {
        var word = arguments.Demand("missing argument.");
        return word.ToLowerInvariant() switch
        {
            Refuse => [Refuse],
            Queue when arguments.Next() is { } time => [Queue, Seconds(time)],
            Queue => [Queue, Text((int)SessionOverflow.UsualLimit.TotalSeconds)],
            Connect => ReadConnect(arguments),
            _ => throw new SettingProblem(
                $"unsupported option \"{word}\"; it can be queue and a time, connect and a number, or refuse"),
        };
    }

    /// <summary>What the words say that <see cref="Read"/> gave; none: what holds if nothing is said.</summary>
    public static SessionOverflow Of(IReadOnlyList<string> words) => words switch
    {
        [Refuse] => SessionOverflow.Refuse,
        [Queue, var time] => new(SessionOverflowMode.Queue, TimeSpan.FromSeconds(Number(time)), 0),
        [Connect, var most, var time] =>
            new(SessionOverflowMode.Connect, TimeSpan.FromSeconds(Number(time)), Number(most)),
        _ => SessionOverflow.Usual,
    };

    private static string[] ReadConnect(Arguments arguments)
    {
        var most = arguments.Next() is not { } number ? SessionOverflow.UsualConnections
            : int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                && count is >= 1 and <= SessionOverflow.MostConnections ? count
            : throw new SettingProblem(
                $"connect {number}: the number of further connections must be 1 to {SessionOverflow.MostConnections}");
        return [Connect, Text(most), arguments.Next() is { } time
            ? Seconds(time)
            : Text((int)SessionOverflow.UsualLimit.TotalSeconds)];
    }

    private static string Seconds(string time) => ConfigurationTime.TryParse(time) switch
    {
        null => throw new SettingProblem($"invalid time value '{time}'; it must be a time such as 90, 2m or 1h30m"),
        0 => throw new SettingProblem("a time of 0 is no time to wait; it must be 1 s or more, or say refuse"),
        var seconds => Text(seconds.Value),
    };

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
