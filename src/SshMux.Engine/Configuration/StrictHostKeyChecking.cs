namespace SshMux.Engine.Configuration;

/// <summary>What to do with a host key that is not in known_hosts (ssh_config's StrictHostKeyChecking).</summary>
internal enum StrictHostKeyChecking
{
    /// <summary>Ask the user, and add what was accepted.</summary>
    Ask,

    /// <summary>Accept no new or changed key.</summary>
    Yes,

    /// <summary>Add new keys without asking; refuse changed ones.</summary>
    AcceptNew,

    /// <summary>Add new keys without asking, and go on with changed ones, without password logins.</summary>
    Off,
}
