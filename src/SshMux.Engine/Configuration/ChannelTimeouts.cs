namespace SshMux.Engine.Configuration;

/// <summary>
/// ChannelTimeout of ssh_config(5): after how much silence channels of which type are closed, as
/// <c>session=5m direct-*=1h global=1d</c>.
/// </summary>
internal sealed class ChannelTimeouts
{
    /// <summary>Nothing is limited.</summary>
    public static readonly ChannelTimeouts None = new();

    private readonly List<(string Pattern, TimeSpan Time)> _limits = [];

    private ChannelTimeouts()
    {
    }

    /// <summary>When none of the channels has been used for so long, all are closed; null: never.</summary>
    public TimeSpan? Global { get; private set; }

    /// <summary>The shortest of all times; null if nothing is limited.</summary>
    public TimeSpan? Shortest
    {
        get
        {
            TimeSpan? shortest = Global;
            foreach (var (_, time) in _limits)
            {
                if (time > TimeSpan.Zero && !(time >= shortest)) shortest = time;
            }

            return shortest;
        }
    }

    /// <summary>Reads the keyword's value; null and "none" limit nothing.</summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>.</exception>
    public static ChannelTimeouts Parse(string? value)
    {
        if (value is null || SettingValues.Is(value, "none")) return None;
        var timeouts = new ChannelTimeouts();
        foreach (var word in SettingValues.Words(value))
        {
            var sign = word.IndexOf('=', StringComparison.Ordinal);
            if (sign < 1)
            {
                throw SettingValues.Invalid("ChannelTimeout", value, $"'{word}' is not TYPE=TIME, such as session=5m");
            }

            var (type, time) = (word[..sign], ConfigurationTime.Parse("ChannelTimeout", word[(sign + 1)..]));
            if (type != "global") timeouts._limits.Add((type, time));
            else if (time > TimeSpan.Zero) timeouts.Global ??= time;
        }

        return timeouts;
    }

    /// <summary>
    /// The limit for a type as ssh_config(5) names it ("session", "direct-tcpip", "agent-connection"): that of the
    /// first pattern that fits. Null: none.
    /// </summary>
    public TimeSpan? Find(string type)
    {
        foreach (var (pattern, time) in _limits)
        {
            if (HostPattern.Matches(type, pattern)) return time > TimeSpan.Zero ? time : null;
        }

        return null;
    }
}
