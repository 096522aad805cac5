namespace SshMux.Engine.Authentication.Interaction;

/// <summary>Nobody is there to ask: every question stays without an answer, messages are dropped.</summary>
public sealed class NoInteraction : IUserInteraction
{
    /// <summary>The only instance.</summary>
    public static NoInteraction Instance { get; } = new();

    private NoInteraction()
    {
    }

    /// <inheritdoc/>
    public ValueTask<Secret?> AskSecretAsync(
        SecretPrompt prompt, CancellationToken cancellationToken) => new((Secret?)null);

    /// <inheritdoc/>
    public ValueTask<bool> ConfirmAsync(ConfirmPrompt prompt, CancellationToken cancellationToken) => new(false);

    /// <inheritdoc/>
    public void ShowMessage(string text)
    {
    }
}
