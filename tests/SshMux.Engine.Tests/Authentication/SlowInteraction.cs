using SshMux.Engine.Authentication.Interaction;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>A user who says yes, after some time.</summary>
internal sealed class SlowInteraction(TimeSpan delay) : IUserInteraction
{
    public ValueTask<Secret?> AskSecretAsync(SecretPrompt prompt, CancellationToken ct) => new((Secret?)null);

    public async ValueTask<bool> ConfirmAsync(ConfirmPrompt prompt, CancellationToken ct)
    {
        await Task.Delay(delay, ct);
        return true;
    }

    public void ShowMessage(string text)
    {
    }
}
