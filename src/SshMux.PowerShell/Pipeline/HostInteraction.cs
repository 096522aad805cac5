using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using SshMux.Engine.Authentication;

namespace SshMux.PowerShell.Pipeline;

/// <summary>
/// The user behind a PowerShell host. Questions are asked by the host, on the pipeline thread; one that cannot ask
/// (-NonInteractive, a job) is nobody. A credential answers before anybody is asked.
/// </summary>
internal sealed class HostInteraction(SshCmdlet cmdlet, PSCredential? credential) : IUserInteraction
{
    public async ValueTask<Secret?> AskSecretAsync(SecretPrompt prompt, CancellationToken ct)
    {
        if (credential is not null && AsksForPassword(prompt)) return Answer(prompt, credential);

        return await cmdlet.Pump.InvokeAsync(() => ct.IsCancellationRequested ? null : Ask(prompt)).WaitAsync(ct)
            .ConfigureAwait(false);
    }

    // The credential is the host's and nobody else's.
    public IUserInteraction ForJumpHost(string host) => new HostInteraction(cmdlet, null);

    public async ValueTask<bool> ConfirmAsync(string question, string? expectedText, CancellationToken ct) =>
        await cmdlet.Pump.InvokeAsync(() => !ct.IsCancellationRequested && Confirm(question)).WaitAsync(ct)
            .ConfigureAwait(false);

    // PSHOST shows it whatever $InformationPreference says.
    public void ShowMessage(string text) => cmdlet.Pump.Post(() => cmdlet.WriteInformation(text, ["PSHOST"]));

    /// <summary>What a credential has to say: the password, to whom asks for it.</summary>
    internal static Secret? Answer(SecretPrompt prompt, PSCredential credential) =>
        // A second question means that the server did not take it, and it would not the next time.
        prompt.Attempt == 1 && AsksForPassword(prompt) ? ToSecret(credential.Password) : null;

    /// <summary>A server may ask for the password in its own words, and for one-time codes, which are others.</summary>
    private static bool AsksForPassword(SecretPrompt prompt) => prompt.Kind switch
    {
        SecretKind.Password => true,
        SecretKind.Response => !prompt.Echo && prompt.Text.Contains("password", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    private Secret? Ask(SecretPrompt prompt)
    {
        var label = prompt.Text.TrimEnd(' ', ':');
        var field = new FieldDescription(label) { Label = label };
        field.SetParameterType(prompt.Echo ? typeof(string) : typeof(SecureString));
        Dictionary<string, PSObject>? answers = null;
        if (!TryAsk(ui => answers = ui.Prompt("", "", new Collection<FieldDescription> { field }))) return null;
        return answers is not null && answers.TryGetValue(label, out var answer)
            ? answer?.BaseObject switch
            {
                SecureString secret => ToSecret(secret),
                string text => new Secret(text),
                _ => null,
            }
            : null;
    }

    private bool Confirm(string question)
    {
        // What could be typed at a terminal is a choice here.
        var hint = question.LastIndexOf(" (yes/no", StringComparison.Ordinal);
        if (hint >= 0) question = question[..hint] + "?";
        Collection<ChoiceDescription> choices =
        [
            new ChoiceDescription("&Yes", "Trust the key, and add it to known_hosts"),
            new ChoiceDescription("&No", "Do not connect"),
        ];
        var choice = 1;
        return TryAsk(ui => choice = ui.PromptForChoice("", question, choices, defaultChoice: 1)) && choice == 0;
    }

    private bool TryAsk(Action<PSHostUserInterface> ask)
    {
        try
        {
            ask(cmdlet.Host.UI);
            return true;
        }
        catch (Exception e) when (e is not PipelineStoppedException
            and (RuntimeException or InvalidOperationException or NotImplementedException))
        {
            // Hosts say in different ways that they have no user.
            cmdlet.WriteVerbose($"this host cannot ask the user: {e.Message}");
            return false;
        }
    }

    private static Secret ToSecret(SecureString text)
    {
        var characters = GC.AllocateUninitializedArray<char>(text.Length, pinned: true);
        var copy = Marshal.SecureStringToGlobalAllocUnicode(text);
        try
        {
            Marshal.Copy(copy, characters, 0, characters.Length);
            return new Secret(characters);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(copy);
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(characters.AsSpan()));
        }
    }
}
