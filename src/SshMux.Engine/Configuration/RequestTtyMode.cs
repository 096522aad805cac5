namespace SshMux.Engine.Configuration;

/// <summary>Whether a session gets a terminal (ssh_config's RequestTTY).</summary>
internal enum RequestTtyMode
{
    /// <summary>A shell on a terminal does, a command does not.</summary>
    Auto,

    /// <summary>Never.</summary>
    No,

    /// <summary>If standard input is a terminal.</summary>
    Yes,

    /// <summary>Always.</summary>
    Force,
}
