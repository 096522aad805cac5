namespace SshMux.Engine.Configuration.SshConfig.Values;

/// <summary>Names of hosts and domains in the DNS.</summary>
internal static class DomainNames
{
    /// <summary>Whether a text is of digits and dots alone, as an address.</summary>
    public static bool IsNumeric(string text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c) && c != '.') return false;
        }

        return true;
    }

    /// <summary>What is wrong with a name, in ssh(1)'s words; null: nothing.</summary>
    public static string? FindProblem(string name)
    {
        if (name.Length == 0) return "empty domain name";
        if (!char.IsAsciiLetterOrDigit(name[0]) && name[0] != '_')
        {
            return $"domain name \"{name}\" starts with invalid character";
        }

        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && name[i] == '.' && name[i - 1] == '.')
            {
                return $"domain name \"{name}\" contains consecutive separators";
            }

            // Underscores are against the rules, and common.
            if (!char.IsAsciiLetterOrDigit(name[i]) && name[i] is not ('.' or '-' or '_'))
            {
                return $"domain name \"{name}\" contains invalid characters";
            }
        }

        return null;
    }
}
