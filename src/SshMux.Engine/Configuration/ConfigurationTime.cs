using System.Globalization;

namespace SshMux.Engine.Configuration;

/// <summary>Times as ssh_config(5) writes them: "90", "2m", "1h30m".</summary>
internal static class ConfigurationTime
{
    /// <summary>Reads a time; <paramref name="what"/> is how an error names it.</summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: it is none.</exception>
    public static TimeSpan Parse(string what, string text) => TryParse(text) is { } seconds
        ? TimeSpan.FromSeconds(seconds)
        : throw SettingValues.Invalid(what, text, "it must be a time such as 90, 2m or 1h30m");

    /// <summary>Seconds, as 90, 2m or 1h30m; null if it is no time.</summary>
    public static int? TryParse(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        var (total, i, seenSeconds) = (0.0, 0, false);
        while (i < text.Length)
        {
            var start = i;
            while (i < text.Length && (char.IsAsciiDigit(text[i]) || text[i] == '.')) i++;
            var digits = text.AsSpan(start, i - start);
            if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return null;
            }

            var unit = i < text.Length ? text[i++] : 's';
            var seconds = (char)(unit | 0x20) switch
            {
                's' => 1,
                'm' => 60,
                'h' => 3600,
                'd' => 86_400,
                'w' => 604_800,
                _ => 0,
            };
            if (seconds == 0 || (seconds == 1 && seenSeconds)) return null;
            seenSeconds |= seconds == 1;

            // Fractions are for seconds alone, and have digits.
            if (digits.Contains('.') && (seconds > 1 || digits[^1] == '.')) return null;
            total += number * seconds;
        }

        return total <= int.MaxValue ? (int)total : null;
    }
}
