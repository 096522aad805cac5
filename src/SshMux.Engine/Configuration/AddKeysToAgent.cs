namespace SshMux.Engine.Configuration;

/// <summary>Whether and how keys from files are given to the agent when they are used (AddKeysToAgent).</summary>
/// <param name="IsOn">Whether at all.</param>
/// <param name="Asks">Only if the user says yes ("ask").</param>
/// <param name="Confirms">The agent is to ask the user each time that it signs with it ("confirm").</param>
/// <param name="Lifetime">For how long the agent keeps it; null: without a limit.</param>
internal sealed record AddKeysToAgent(bool IsOn, bool Asks = false, bool Confirms = false, TimeSpan? Lifetime = null)
{
    /// <summary>Not at all.</summary>
    public static AddKeysToAgent Off { get; } = new(false);

    /// <summary>Reads the keyword's value: no, yes, ask, confirm, a time, or "confirm" and a time.</summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: it is something else.</exception>
    public static AddKeysToAgent Parse(string? value)
    {
        const string keyword = "AddKeysToAgent";
        var words = SettingValues.Words(value?.ToLowerInvariant());
        return words switch
        {
            [] or ["no" or "false"] => Off,
            ["yes" or "true"] => new AddKeysToAgent(true),
            ["ask"] => new AddKeysToAgent(true, Asks: true),
            ["confirm"] => new AddKeysToAgent(true, Confirms: true),
            ["confirm", var time] => new AddKeysToAgent(true, false, true, ConfigurationTime.Parse(keyword, time)),
            [var time] => new AddKeysToAgent(true, Lifetime: ConfigurationTime.Parse(keyword, time)),
            _ => throw SettingValues.Invalid(keyword, value!, "it must be yes, no, ask, confirm or a time"),
        };
    }
}
