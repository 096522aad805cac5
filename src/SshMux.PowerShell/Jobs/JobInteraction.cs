using System.Management.Automation;
using SshMux.Engine.Authentication;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell.Jobs;

/// <summary>Who answers for a job: a credential, and nobody else.</summary>
internal sealed class JobInteraction(Job job, PSCredential? credential) : IUserInteraction
{
    public ValueTask<Secret?> AskSecretAsync(SecretPrompt prompt, CancellationToken ct) =>
        ValueTask.FromResult(credential is null ? null : HostInteraction.Answer(prompt, credential));

    // The credential is the host's and nobody else's.
    public IUserInteraction ForJumpHost(string host) => new JobInteraction(job, null);

    public ValueTask<bool> ConfirmAsync(string question, string? expectedText, CancellationToken ct) =>
        ValueTask.FromResult(false);

    public void ShowMessage(string text)
    {
        var record = new InformationRecord(text, job.Location);
        record.Tags.Add("PSHOST");
        job.Information.Add(record);
    }
}
