using SshMux.Cli.Output;
using SshMux.Engine.Authentication.Interaction;
using SshMux.FrontEnds;

namespace SshMux.Cli.Commands;

/// <summary>
/// Asks the person at the controlling terminal, or by SSH_ASKPASS; standard input is the remote command's.
/// </summary>
internal sealed class TerminalInteraction(Messages messages, bool batchMode) : IUserInteraction
{
    /// <inheritdoc/>
    public async ValueTask<Secret?> AskSecretAsync(SecretPrompt prompt, CancellationToken cancellationToken)
    {
        if (batchMode) return null;
        var answer = await UserPrompt.ReadLineAsync(prompt.Text, prompt.Echo, cancellationToken).ConfigureAwait(false);
        if (answer is null) return null;
        var secret = new Secret(answer);
        Array.Clear(answer);
        return secret;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ConfirmAsync(ConfirmPrompt prompt, CancellationToken cancellationToken)
    {
        if (batchMode) return false;
        var question = prompt.Text;
        while (true)
        {
            var line = await UserPrompt.ReadLineAsync(question, echo: true, cancellationToken).ConfigureAwait(false);
            if (line is null) return false;
            var answer = new string(line).Trim();
            if (answer.Equals("no", StringComparison.OrdinalIgnoreCase) || answer.Length == 0) return false;
            if (answer.Equals("yes", StringComparison.OrdinalIgnoreCase)) return true;
            if (prompt.ExpectedText is { } expected && answer == expected) return true;
            question = prompt.ExpectedText is null
                ? "Please type 'yes' or 'no': "
                : "Please type 'yes', 'no' or the fingerprint: ";
        }
    }

    /// <inheritdoc/>
    public void ShowMessage(string text) => messages.Notice(text);

    /// <inheritdoc/>
    public void ShowBanner(string text)
    {
        // It is meant for the person, so it does not go to the file of -E.
        if (messages.Verbosity >= Verbosity.Info) messages.Say(text);
    }
}
