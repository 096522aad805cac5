namespace SshMux.Engine.Configuration;

/// <summary>
/// What may be a host or user name on a command line: these texts end up, by way of tokens, in a ProxyCommand, a
/// LocalCommand or a Match exec, and a shell must not take them for more than names. The rules are ssh(1)'s.
/// </summary>
internal static class DestinationNames
{
    /// <summary>Whether a text is free of what a shell, or an option, could be made of.</summary>
    public static bool IsValidHost(string host)
    {
        var valid = host.Length > 0 && host[0] != '-';
        foreach (var c in host)
        {
            valid &= !char.IsWhiteSpace(c) && !char.IsControl(c)
                && !"'`\"$\\;&<>|(){},".Contains(c, StringComparison.Ordinal);
        }

        return valid;
    }

    /// <inheritdoc cref="IsValidHost"/>
    public static bool IsValidUser(string user)
    {
        if (user.StartsWith('-') || user.EndsWith('\\')) return false;
        for (var i = 0; i < user.Length; i++)
        {
            var c = user[i];
            if (char.IsControl(c) || "'`\";&<>|(){}".Contains(c, StringComparison.Ordinal)) return false;
            if (char.IsWhiteSpace(c) && i + 1 < user.Length && user[i + 1] == '-') return false;
        }

        return true;
    }
}
