namespace SshMux.Engine.Configuration;

/// <summary>
/// What to do with other host keys that a server names after the login (ssh_config's UpdateHostKeys).
/// </summary>
internal enum UpdateHostKeys
{
    /// <summary>Ignore them.</summary>
    No,

    /// <summary>Have the server prove that it holds them, then write them to known_hosts.</summary>
    Yes,

    /// <summary>Have the server prove that it holds them, ask the user, then write them to known_hosts.</summary>
    Ask,
}
