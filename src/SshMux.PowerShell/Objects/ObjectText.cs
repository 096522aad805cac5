using System.Collections;
using System.Management.Automation;
using System.Security;

namespace SshMux.PowerShell.Objects;

/// <summary>
/// The text of an object that stands where text is meant. PowerShell makes a text of any object, if need be its class's
/// name: what is sent to a server must not be that.
/// </summary>
internal static class ObjectText
{
    /// <summary>Whether it is a secret: a SecureString, or a credential.</summary>
    public static bool IsSecret(object? value) => PSObjects.Unwrap(value) is SecureString or PSCredential;

    /// <summary>
    /// The text; null: it has none, or is a secret, and <paramref name="why"/> tells. $null is an empty text, and the items
    /// of a list are words with blanks between them.
    /// </summary>
    public static string? Find(object? value, out string why)
    {
        why = "";
        var plain = PSObjects.Unwrap(value);
        if (plain is null) return "";
        if (plain is string text) return text;
        if (IsSecret(plain))
        {
            why = $"a {plain.GetType().Name} is a secret";
            return null;
        }

        if (plain is IEnumerable and not IDictionary) return Join((IEnumerable)plain, out why);
        text = LanguagePrimitives.ConvertTo<string>(value);
        var type = plain.GetType();
        if (!text.StartsWith($"{type.Namespace}.{type.Name}", StringComparison.Ordinal)
            && plain is not IDictionary
            && !(plain is PSCustomObject && (text.Length == 0 || text.StartsWith("@{", StringComparison.Ordinal))))
        {
            return text;
        }

        why = $"an object of the type {PSObject.AsPSObject(value).TypeNames[0]} has no text form; give the property that "
            + "is meant, or what ConvertTo-Json or Out-String makes of it";
        return null;
    }

    private static string? Join(IEnumerable items, out string why)
    {
        why = "";
        List<string> words = [];
        foreach (var item in items)
        {
            if (Find(item, out why) is not { } word) return null;
            words.Add(word);
        }

        return string.Join(' ', words);
    }
}
