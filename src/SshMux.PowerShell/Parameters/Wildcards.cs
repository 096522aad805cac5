using System.Management.Automation;

namespace SshMux.PowerShell.Parameters;

/// <summary>
/// PowerShell's wildcards, where a name may also be just a name. "rep[ort" has a character of wildcards and is none:
/// PowerShell itself throws, and ends the whole pipeline. Here it is the name that it can only be.
/// </summary>
internal static class Wildcards
{
    /// <summary>Whether text has wildcards, valid ones.</summary>
    public static bool AreIn(string text) =>
        WildcardPattern.ContainsWildcardCharacters(text) && Find(text, WildcardOptions.None) is not null;

    /// <summary>The pattern that text is; one of its very characters, if they are no valid wildcards.</summary>
    public static WildcardPattern Get(string text, WildcardOptions options) =>
        Find(text, options) ?? WildcardPattern.Get(WildcardPattern.Escape(text), options);

    /// <summary>A name without wildcards, as it is without the backticks that made it one.</summary>
    public static string Name(string text) =>
        Find(text, WildcardOptions.None) is null ? text : WildcardPattern.Unescape(text);

    private static WildcardPattern? Find(string text, WildcardOptions options)
    {
        try
        {
            var pattern = WildcardPattern.Get(text, options);
            pattern.IsMatch(""); // it is only read when it is used
            return pattern;
        }
        catch (WildcardPatternException)
        {
            return null;
        }
    }
}
