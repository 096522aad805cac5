using System.Collections;
using System.Globalization;
using System.Management.Automation;
using SshMux.Engine;
using SshMux.Engine.Configuration;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Masters;

/// <summary>The -Options table as options of ssh_config(5).</summary>
internal static class OptionTable
{
    /// <summary>
    /// "Keyword=value" for each entry, after <paramref name="first"/>. Of a list each element is a value of its own;
    /// true and false are yes and no.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: a keyword or value cannot be
    /// one.</exception>
    public static List<string> ToList(IDictionary table, string? first)
    {
        List<string> options = first is null ? [] : [first];
        foreach (DictionaryEntry entry in table)
        {
            var keyword = Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "";
            if (keyword.Length == 0 || !keyword.All(char.IsAsciiLetterOrDigit))
            {
                throw new SshException(
                    SshError.ConfigurationInvalid, $"'{keyword}' in -Options is not a keyword of ssh_config");
            }

            var value = PSObjects.Unwrap(entry.Value);
            var values = value is IEnumerable and not string ? ((IEnumerable)value).Cast<object?>() : [value];
            options.AddRange(values.Select(one => $"{keyword}={Text(keyword, PSObjects.Unwrap(one))}"));
        }

        return options;
    }

    /// <summary>The keyword of one of the options that <see cref="ToList"/> gives.</summary>
    public static string KeywordOf(string option) => option[..option.IndexOf('=', StringComparison.Ordinal)];

    /// <summary>The value of one of the options that <see cref="ToList"/> gives.</summary>
    public static string ValueOf(string option) => option[(option.IndexOf('=', StringComparison.Ordinal) + 1)..];

    /// <summary>Whether the table's own IgnoreUnknown admits a keyword.</summary>
    public static bool IsIgnored(IDictionary table, string keyword) => table.Keys.Cast<object>()
        .Where(key => key is string name && name.Equals("IgnoreUnknown", StringComparison.OrdinalIgnoreCase))
        .Any(key => HostPattern.MatchesList(
            keyword.ToLowerInvariant(), Convert.ToString(table[key], CultureInfo.InvariantCulture) ?? ""));

    private static string Text(string keyword, object? value) => value switch
    {
        null => throw new SshException(SshError.ConfigurationInvalid, $"the option {keyword} in -Options has no value"),
        bool flag => flag ? "yes" : "no",
        SwitchParameter flag => flag ? "yes" : "no",
        TimeSpan time => ((long)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture),
        _ => ObjectText.Find(value, out var why)
            ?? throw new SshException(SshError.ConfigurationInvalid, $"the option {keyword} in -Options: {why}"),
    };
}
