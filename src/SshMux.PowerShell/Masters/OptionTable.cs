using System.Collections;
using System.Globalization;
using System.Management.Automation;
using SshMux.Engine;

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

    private static string Text(string keyword, object? value) => value switch
    {
        null => throw new SshException(SshError.ConfigurationInvalid, $"the option {keyword} in -Options has no value"),
        bool flag => flag ? "yes" : "no",
        SwitchParameter flag => flag ? "yes" : "no",
        TimeSpan time => ((long)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture),
        _ => LanguagePrimitives.ConvertTo<string>(value),
    };
}
