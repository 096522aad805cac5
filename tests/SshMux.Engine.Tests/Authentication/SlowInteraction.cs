using SshMux.Engine.Authentication.Interaction;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>A user who says yes, after some time.</summary>
internal sealed class SlowInteraction(TimeSpan delay) : IUserInteraction
{
    public ValueTask<Secret?> AskSecretAsync(SecretPrompt prompt, CancellationToken cancellationToken) =>
        new((Secret?)null);

    public async ValueTask<bool> ConfirmAsync(ConfirmPrompt prompt, CancellationToken cancellationToken)
    {
        await Task.Delay(delay, cancellationToken);
        return true;
    }

    public void ShowMessage(string text)
    {
    }
}
