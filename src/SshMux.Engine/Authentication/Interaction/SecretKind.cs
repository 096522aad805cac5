namespace SshMux.Engine.Authentication.Interaction;

/// <summary>What a <see cref="SecretPrompt"/> asks for.</summary>
public enum SecretKind
{
    /// <summary>The user's password on the server.</summary>
    Password,

    /// <summary>The passphrase of a private key file.</summary>
    Passphrase,

    /// <summary>
    /// The answer to a question of the server (keyboard-interactive): a password, a one-time code, ...
    /// </summary>
    Response,

    /// <summary>A password to replace the one that has expired on the server; it is asked for twice.</summary>
    NewPassword,
}
