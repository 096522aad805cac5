using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Wire;

namespace SshMux.PowerShell.Pipeline;

/// <summary>
/// The user behind a PowerShell host, for one of the hosts that are logged in to. Questions are asked by the PowerShell
/// host, on the pipeline thread, one at a time; one that cannot ask (-NonInteractive, a job) is nobody. A credential
/// answers before anybody is asked.
/// </summary>
/// <param name="cmdlet">The cmdlet that logs in.</param>
/// <param name="credential">What answers for the password; null: nothing.</param>
/// <param name="passphrases">What the user has said already, for other hosts.</param>
/// <param name="label">The host, where others could be meant as well; null: it is clear.</param>
internal sealed class HostInteraction(
    PipelineCmdlet cmdlet, PSCredential? credential, PassphraseMemory passphrases, string? label) : IPerhapsNobody
{
    // Which answers of the memory were tried for this host.
    private readonly Dictionary<string, int> _triedPassphrases = new(StringComparer.Ordinal);
    private readonly CredentialAnswers? _credential = credential is null ? null : new CredentialAnswers(credential);

    /// <inheritdoc />
    public string? WhyNobodyIsThere { get; private set; }

    /// <inheritdoc />
    public bool HasDeclined { get; private set; }

    /// <inheritdoc />
    public Func<IUserInteraction> FurtherLogins { get; } = FurtherLogin.With(credential);

    private string Label => Printable.Lines(label ?? "");

    /// <summary>The one for the host itself, if this is for a jump host.</summary>
    private HostInteraction? Origin { get; init; }

    public async ValueTask<Secret?> AskSecretAsync(SecretPrompt prompt, CancellationToken cancellationToken)
    {
        if (_credential?.IsMeantBy(prompt) == true) return _credential.Answer(prompt);
        return prompt.Kind == SecretKind.Passphrase
            ? await passphrases.AskAsync(
                prompt.Target, _triedPassphrases, () => AskUserAsync(prompt, cancellationToken), cancellationToken)
                .ConfigureAwait(false)
            : await AskUserAsync(prompt, cancellationToken).ConfigureAwait(false);
    }

    // The credential is the host's and nobody else's.
    public IUserInteraction ForJumpHost(string host) =>
        new HostInteraction(cmdlet, null, passphrases, label) { Origin = this };

    public async ValueTask<bool> ConfirmAsync(ConfirmPrompt prompt, CancellationToken cancellationToken) =>
        await cmdlet.Pump.InvokeAsync(() => !cancellationToken.IsCancellationRequested && Confirm(prompt))
            .WaitAsync(cancellationToken)
            .ConfigureAwait(false);

    // PSHOST shows it whatever $InformationPreference says.
    public void ShowMessage(string text)
    {
        var message = label is null ? text : $"{label}: {text}";
        cmdlet.Pump.Post(() => cmdlet.WriteInformation(message, ["PSHOST"]));
    }

    private static Collection<ChoiceDescription> ChoicesOf(ConfirmKind kind) => kind switch
    {
        ConfirmKind.AddKeyToAgent =>
        [
            new ChoiceDescription("&Yes", "Give the key to the ssh agent, which keeps it for later logins"),
            new ChoiceDescription("&No", "Use the key for this login only"),
        ],
        ConfirmKind.HostKeyUpdate =>
        [
            new ChoiceDescription("&Yes", "Have known_hosts follow the host's new keys"),
            new ChoiceDescription("&No", "Leave known_hosts as it is, and connect"),
        ],
        _ =>
        [
            new ChoiceDescription("&Yes", "Trust the key, add it to known_hosts, and connect"),
            new ChoiceDescription("&No", "Do not connect to this host"),
        ],
    };

    private async Task<Secret?> AskUserAsync(SecretPrompt prompt, CancellationToken cancellationToken) =>
        await cmdlet.Pump.InvokeAsync(() => cancellationToken.IsCancellationRequested ? null : Ask(prompt))
            .WaitAsync(cancellationToken)
            .ConfigureAwait(false);

    private Secret? Ask(SecretPrompt prompt)
    {
        var name = Printable.Lines(prompt.Text).TrimEnd(' ', ':');
        var field = new FieldDescription(name) { Label = name };
        field.SetParameterType(prompt.Echo ? typeof(string) : typeof(SecureString));
        Dictionary<string, PSObject>? answers = null;
        var fields = new Collection<FieldDescription> { field };
        if (!TryAsk(ui => answers = ui.Prompt(Label, "", fields))) return null;
        return answers is not null && answers.TryGetValue(name, out var answer)
            ? answer?.BaseObject switch
            {
                SecureString secret => secret.ToSecret(),
                string text => new Secret(text),
                _ => null,
            }
            : null;
    }

    private bool Confirm(ConfirmPrompt prompt)
    {
        // What could be typed at a terminal is a choice here.
        var question = prompt.Text.TrimEnd(' ', ':');
        var hint = question.LastIndexOf(" (yes/no", StringComparison.Ordinal);
        if (hint >= 0) question = question[..hint].TrimEnd('?') + "?";
        var choices = ChoicesOf(prompt.Kind);
        var choice = 1;
        question = Printable.Lines(question);
        if (!TryAsk(ui => choice = ui.PromptForChoice(Label, question, choices, defaultChoice: 1))) return false;
        if (choice != 0 && prompt.Kind == ConfirmKind.HostKey)
        {
            for (var one = this; one is not null; one = one.Origin) one.HasDeclined = true;
        }

        return choice == 0;
    }

    private bool TryAsk(Action<PSHostUserInterface> ask)
    {
        // There pwsh's own host ends the whole script, or fails with a NullReferenceException.
        if (cmdlet.Host.Name == "ConsoleHost" && Console.IsInputRedirected)
        {
            SayNobodyIsThere("standard input is not a terminal");
            return false;
        }

        try
        {
            ask(cmdlet.Host.UI);
            return true;
        }
        catch (Exception e) when (e is not PipelineStoppedException
            and (RuntimeException or InvalidOperationException or NotImplementedException))
        {
            // Hosts say in different ways that they have no user.
            SayNobodyIsThere(e.Message);
            return false;
        }
    }

    private void SayNobodyIsThere(string why)
    {
        for (var one = this; one is not null; one = one.Origin) one.WhyNobodyIsThere = why;
        cmdlet.WriteVerbose($"this host cannot ask the user: {why}");
    }
}
