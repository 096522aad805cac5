namespace SshMux.Engine.Platform.Agents;

/// <summary>The name of a pipe of this machine (<c>\\.\pipe\NAME</c>), as people write it.</summary>
internal static class PipeName
{
    private const string Prefix = @"\\.\pipe\";
    private const int MaxLength = 256 - 9; // the whole has 256 characters at most

    /// <summary>
    /// What follows the prefix; null if the text is no such name. Slashes stand for backslashes, as PuTTY's Pageant writes
    /// it into a configuration; of the two at the beginning ssh_config(5) takes one for a quotation of the other. A pipe of
    /// another machine is none.
    /// </summary>
    public static string? Parse(string text)
    {
        var path = text.Replace('/', '\\');
        if (path.StartsWith(Prefix[1..], StringComparison.OrdinalIgnoreCase)) path = '\\' + path;
        if (!path.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) return null;
        var name = path[Prefix.Length..];

        // What .NET would make another path of is none of an agent.
        return name.Length is > 0 and <= MaxLength && name is not ("." or "..")
            && !name.Contains('\\', StringComparison.Ordinal) ? name : null;
    }

    /// <summary>The whole name as Windows' calls take it.</summary>
    public static string Full(string name) => Prefix + name;
}
