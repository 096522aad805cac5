namespace SshMux.Engine.Configuration;

/// <summary>Whether to share one connection (ssh_config's ControlMaster).</summary>
internal enum ControlMasterMode
{
    /// <summary>Use a master if one is there, never be one.</summary>
    No,

    /// <summary>Be the master.</summary>
    Yes,

    /// <summary>Use a master if one is there, else be one.</summary>
    Auto,

    /// <summary>Be the master, and confirm each request with the user.</summary>
    Ask,

    /// <summary>Use a master if one is there, else be one and confirm each request with the user.</summary>
    AutoAsk,
}
