using System.Collections;
using System.Management.Automation;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Parameters;

/// <summary>
/// Takes -Options in every form in which people have settings: a table, "Keyword=value" as ssh's -o has it, an object
/// with properties (from JSON), and lists of these. What comes twice has several values.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OptionsAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (PSObjects.Unwrap(inputData) is null or IDictionary) return inputData;
        var options = new SshOptions();
        Add(options, inputData);
        return options;
    }

    private static void Add(SshOptions options, object? value)
    {
        switch (PSObjects.Unwrap(value))
        {
            case null:
                break;
            case string text:
                AddText(options, text.Trim());
                break;
            case IDictionary table:
                foreach (DictionaryEntry entry in table) AddOne(options, entry.Key, entry.Value);
                break;
            case IEnumerable items:
                foreach (var item in items) Add(options, item);
                break;
            case PSCustomObject:
                foreach (var property in PSObject.AsPSObject(value).Properties)
                {
                    AddOne(options, property.Name, property.Value);
                }

                break;
            default:
                throw new ArgumentTransformationMetadataException(
                    "Settings are a table, as @{ Compression = 'yes' }, or texts, as 'Compression=yes'");
        }
    }

    private static void AddText(SshOptions options, string text)
    {
        var end = text.AsSpan().IndexOfAny('=', ' ', '\t');
        if (end <= 0)
        {
            throw new ArgumentTransformationMetadataException(
                $"'{text}' is no setting: write it as 'Keyword=value', as ssh's -o has it");
        }

        // One equals sign, with or without blanks around it, as in ssh_config.
        var value = text[end..].TrimStart();
        if (value.StartsWith('=')) value = value[1..].TrimStart();
        AddOne(options, text[..end], value);
    }

    private static void AddOne(SshOptions options, object keyword, object? value)
    {
        if (!options.ContainsKey(keyword))
        {
            options.Add(keyword, value);
            return;
        }

        options[keyword] = Values(options[keyword]).Concat(Values(value)).ToArray();
    }

    private static IEnumerable<object?> Values(object? value) =>
        PSObjects.Unwrap(value) is IEnumerable items and not string ? items.Cast<object?>() : [value];
}
