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
        if (credential is not null && prompt.Kind != SecretKind.Passphrase)
        {
            // A second question means that the server did not take it, and it would not the next time.
            return prompt.Attempt == 1 ? ToSecret(credential.Password) : null;
        }

        return await cmdlet.Pump.InvokeAsync(() => Ask(prompt)).WaitAsync(ct).ConfigureAwait(false);
    }

    public async ValueTask<bool> ConfirmAsync(string question, string? expectedText, CancellationToken ct) =>
        await cmdlet.Pump.InvokeAsync(() => Confirm(question)).WaitAsync(ct).ConfigureAwait(false);

    // PSHOST shows it whatever $InformationPreference says.
    public void ShowMessage(string text) => cmdlet.Pump.Post(() => cmdlet.WriteInformation(text, ["PSHOST"]));

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
            && e is PSInvalidOperationException or NotImplementedException or HostException)
        {
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
