using System.Collections;
using System.Globalization;
using System.Management.Automation;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell.Running;

/// <summary>The -Environment table as variables for a remote program.</summary>
internal static class EnvironmentTable
{
    /// <summary>
    /// Names and values in the table's order; null is an empty value. An entry that cannot be a variable ends the cmdlet
    /// with <see cref="ErrorRecords.InvalidInput"/>.
    /// </summary>
    public static List<KeyValuePair<string, string>> ToList(PSCmdlet cmdlet, IDictionary table)
    {
        List<KeyValuePair<string, string>> variables = [];
        foreach (DictionaryEntry entry in table)
        {
            var name = Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "";
            var value = ObjectText.Find(entry.Value, out var why);
            if (value is null)
            {
                // Programs of the same user see it, and it goes on to every program that the command starts.
                cmdlet.ThrowTerminatingError(ErrorRecords.Make(
                    ErrorRecords.InvalidInput,
                    ObjectText.IsSecret(entry.Value)
                        ? $"the environment variable '{name}' is no place for a secret, because other programs see it; "
                            + "have the command read it from its standard input"
                        : $"the environment variable '{name}' cannot be sent: {why}",
                    ErrorCategory.InvalidArgument,
                    table));
            }

            if (name.Length == 0
                || name.AsSpan().IndexOfAny('=', '\0') >= 0
                || value!.Contains('\0', StringComparison.Ordinal))
            {
                cmdlet.ThrowTerminatingError(ErrorRecords.Make(
                    ErrorRecords.InvalidInput,
                    $"'{name}' cannot be an environment variable: a name has no '=', and neither name nor value a NUL",
                    ErrorCategory.InvalidArgument,
                    table));
            }

            variables.Add(new KeyValuePair<string, string>(name, value!));
        }

        return variables;
    }
}
