using System.Management.Automation;
using SshMux.Engine.Authentication.Interaction;

namespace SshMux.PowerShell.Pipeline;

/// <summary>What a credential answers at one login: the user's password, and nothing else.</summary>
internal sealed class CredentialAnswers(PSCredential credential)
{
    // Servers ask for the password in their own words, in the language of their administrator.
    private static readonly string[] PasswordWords =
    [
        "passw", "kennwort", "mot de passe", "contrase", "palavra-passe", "senha", "wachtwoord", "adgangskode",
        "lösenord", "hasło", "heslo", "пароль", "パスワード", "密码", "密碼", "암호",
    ];

    private static readonly string[] OldWords = ["current", "old ", "(current)"];
    private static readonly string[] NewWords = ["new ", "new:", "retype", "again", "repeat", "confirm"];

    private bool _hasResponded;

    /// <summary>
    /// Whether a question is for this password. keyboard-interactive asks whatever the server likes: of its hidden
    /// questions the first one that speaks of a password, and one for the current password (before a new one, which is
    /// never answered). One-time codes are others.
    /// </summary>
    public bool IsMeantBy(SecretPrompt prompt)
    {
        if (prompt.Kind == SecretKind.Password) return true;
        if (prompt.Kind != SecretKind.Response || prompt.Echo || !Speaks(prompt.Text, PasswordWords)) return false;
        if (Speaks(prompt.Text, OldWords)) return true;
        return !Speaks(prompt.Text, NewWords) && (!_hasResponded || prompt.Attempt > 1);
    }

    /// <summary>The password; null if the server has not taken it, for it would not the next time.</summary>
    public Secret? Answer(SecretPrompt prompt)
    {
        _hasResponded |= prompt.Kind == SecretKind.Response;
        return prompt.Attempt == 1 ? credential.Password.ToSecret() : null;
    }

    private static bool Speaks(string text, string[] words) =>
        words.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
}
