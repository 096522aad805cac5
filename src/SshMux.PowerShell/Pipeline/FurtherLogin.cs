using System.Management.Automation;
using SshMux.Engine.Authentication.Interaction;

namespace SshMux.PowerShell.Pipeline;

/// <summary>
/// Who answers when a master logs in again (SshMuxOverflow connect, SshMuxReconnect), long after its cmdlet perhaps: the credential that it
/// was opened with, and nobody else.
/// </summary>
internal sealed class FurtherLogin : IUserInteraction
{
    private readonly CredentialAnswers _credential;

    private FurtherLogin(PSCredential credential) => _credential = new CredentialAnswers(credential);

    /// <summary>Gives one for each login.</summary>
    public static Func<IUserInteraction> With(PSCredential? credential) =>
        credential is null ? () => NoInteraction.Instance : () => new FurtherLogin(credential);

    public ValueTask<Secret?> AskSecretAsync(SecretPrompt prompt, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_credential.IsMeantBy(prompt) ? _credential.Answer(prompt) : null);

    public ValueTask<bool> ConfirmAsync(ConfirmPrompt prompt, CancellationToken cancellationToken) =>
        ValueTask.FromResult(false);

    // Whoever could read it has read it at the first login.
    public void ShowMessage(string text)
    {
    }

    // The credential is the host's and nobody else's.
    public IUserInteraction ForJumpHost(string host) => NoInteraction.Instance;
}
