namespace SshMux.Engine.Authentication.Interaction;

/// <summary>What a <see cref="ConfirmPrompt"/> is about.</summary>
public enum ConfirmKind
{
    /// <summary>Whether a host key that is not known is the host's.</summary>
    HostKey,

    /// <summary>Whether known_hosts follows the keys that a known host names (UpdateHostKeys ask).</summary>
    HostKeyUpdate,

    /// <summary>Whether the agent gets a key that was read from a file (AddKeysToAgent ask).</summary>
    AddKeyToAgent,
}
