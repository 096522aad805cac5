namespace SshMux.Engine.Authentication.Interaction;

/// <summary>
/// Whoever sits in front: a terminal, a PowerShell host, a program that has the answers already, or nobody
/// (<see cref="NoInteraction"/>). The methods are called one at a time for one login.
/// </summary>
public interface IUserInteraction
{
    /// <summary>
    /// Asks for a secret. Null: there is no answer, so that this way to log in is given up. The caller disposes the
    /// secret.
    /// </summary>
    ValueTask<Secret?> AskSecretAsync(SecretPrompt prompt, CancellationToken cancellationToken);

    /// <summary>Asks a question that is answered by yes or no. False: no, or nobody is there.</summary>
    ValueTask<bool> ConfirmAsync(ConfirmPrompt prompt, CancellationToken cancellationToken);

    /// <summary>
    /// Shows a message: a warning, or what the server says to its questions. It may have several lines; it is safe
    /// for a terminal and ends without a line break.
    /// </summary>
    void ShowMessage(string text);

    /// <summary>Shows the server's banner (SSH_MSG_USERAUTH_BANNER), as <see cref="ShowMessage"/>.</summary>
    void ShowBanner(string text) => ShowMessage(text);

    /// <summary>
    /// Who answers for a jump host on the way. By default the same; one who has an answer that is meant for the host
    /// itself (its password) must not give it to another.
    /// </summary>
    IUserInteraction ForJumpHost(string host) => this;
}
