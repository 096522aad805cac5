using System.Globalization;

namespace SshMux.Engine.Configuration;

/// <summary>
/// The values of the configuration's keywords, and their readings: flags, numbers, times, sizes and lists as
/// ssh_config(5) writes them. Keywords are not case-sensitive.
/// </summary>
internal sealed class SettingValues
{
    private readonly Dictionary<string, List<Setting>> _settings = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The keywords that are set.</summary>
    public IEnumerable<string> Keywords => _settings.Keys;

    /// <summary>Sets a keyword's next value.</summary>
    public void Add(string keyword, Setting setting)
    {
        if (!_settings.TryGetValue(keyword, out var list)) _settings[keyword] = list = [];
        list.Add(setting);
    }

    /// <summary>Sets a keyword's next value on behalf of the command line.</summary>
    public void Add(string keyword, string value) => Add(keyword, new Setting([value], SettingOrigin.CommandLine));

    /// <summary>Whether a keyword has a value.</summary>
    public bool Has(string keyword) => _settings.ContainsKey(keyword);

    /// <summary>What was set for a keyword, in order.</summary>
    public IReadOnlyList<Setting> Settings(string keyword) => _settings.TryGetValue(keyword, out var list) ? list : [];

    /// <summary>Takes values of a keyword away.</summary>
    public void Remove(string keyword, Predicate<Setting> isOne)
    {
        if (_settings.TryGetValue(keyword, out var list) && list.RemoveAll(isOne) > 0 && list.Count == 0)
        {
            _settings.Remove(keyword);
        }
    }

    /// <summary>The first value, which is the one that counts; null if the keyword is not set.</summary>
    public string? First(string keyword) => _settings.TryGetValue(keyword, out var list) ? list[0].Text : null;

    /// <summary>The words of the first value; none if the keyword is not set.</summary>
    public IReadOnlyList<string> FirstWords(string keyword) =>
        _settings.TryGetValue(keyword, out var list) ? list[0].Words : [];

    /// <summary>All values, in order.</summary>
    public IReadOnlyList<string> All(string keyword) =>
        _settings.TryGetValue(keyword, out var list) ? list.ConvertAll(setting => setting.Text) : [];

    /// <summary>The first value; null if the keyword is not set, or is "none".</summary>
    public string? NotNone(string keyword) =>
        First(keyword) is { } value && !Is(value, "none") ? value : null;

    public bool Flag(string keyword, bool fallback)
    {
        if (First(keyword) is not { } value) return fallback;
        if (Is(value, "yes") || Is(value, "true")) return true;
        if (Is(value, "no") || Is(value, "false")) return false;
        throw Invalid(keyword, value, "it must be yes or no");
    }

    public int Number(string keyword, int fallback, int min = 0, int max = int.MaxValue)
    {
        if (First(keyword) is not { } value) return fallback;
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) &&
            number >= min && number <= max)
        {
            return number;
        }

        throw Invalid(keyword, value, $"it must be a number from {min} to {max}");
    }

    /// <summary>A time as "90", "2m" or "1h30m"; null for "none".</summary>
    public TimeSpan? Time(string keyword) =>
        NotNone(keyword) is { } value ? ConfigurationTime.Parse(keyword, value) : null;

    public T Choice<T>(string keyword, T fallback, params ReadOnlySpan<(string Name, T Value)> choices)
    {
        if (First(keyword) is not { } value) return fallback;
        foreach (var (name, choice) in choices)
        {
            if (Is(value, name)) return choice;
        }

        throw Invalid(keyword, value, "there is no such choice");
    }

    /// <summary>A number of bytes, with K, M or G; 0 for "default" and "none".</summary>
    public static long ParseBytes(string keyword, string value)
    {
        if (Is(value, "default") || Is(value, "none")) return 0;
        var unit = value.Length == 0 ? '\0' : char.ToUpperInvariant(value[^1]);
        var shift = unit switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        var digits = shift == 0 ? value : value[..^1];
        if (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) &&
            number <= long.MaxValue >> shift)
        {
            return number << shift;
        }

        throw Invalid(keyword, value, "it must be a number of bytes such as 512M or 1G");
    }

    /// <summary>
    /// Splits a value into its words. Only for keywords whose words cannot contain spaces; ssh -G does not quote.
    /// </summary>
    public static string[] Words(string? value) =>
        value is null ? [] : value.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    public static bool Is(string value, string name) => value.Equals(name, StringComparison.OrdinalIgnoreCase);

    public static SshException Invalid(string keyword, string value, string why) =>
        new(SshError.ConfigurationInvalid, $"{keyword} cannot be '{value}': {why}");
}
