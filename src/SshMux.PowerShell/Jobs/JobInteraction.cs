using System.Management.Automation;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Wire;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell.Jobs;

/// <summary>Who answers for a job: a credential, and nobody else.</summary>
internal sealed class JobInteraction(Job job, PSCredential? credential) : IPerhapsNobody
{
    private readonly CredentialAnswers? _credential = credential is null ? null : new CredentialAnswers(credential);

    /// <inheritdoc />
    public string? WhyNobodyIsThere { get; private set; }

    /// <inheritdoc />
    public bool HasDeclined => false;

    /// <inheritdoc />
    public Func<IUserInteraction> FurtherLogins { get; } = FurtherLogin.With(credential);

    public ValueTask<Secret?> AskSecretAsync(SecretPrompt prompt, CancellationToken cancellationToken)
    {
        if (_credential?.IsMeantBy(prompt) == true) return ValueTask.FromResult(_credential.Answer(prompt));
        WhyNobodyIsThere = "it is a job";
        return ValueTask.FromResult((Secret?)null);
    }

    // The credential is the host's and nobody else's.
    public IUserInteraction ForJumpHost(string host) => new JobInteraction(job, null);

    public ValueTask<bool> ConfirmAsync(ConfirmPrompt prompt, CancellationToken cancellationToken)
    {
        WhyNobodyIsThere = "it is a job";
        return ValueTask.FromResult(false);
    }

    public void ShowMessage(string text)
    {
        var record = new InformationRecord(Printable.Lines(text), job.Location);
        record.Tags.Add("PSHOST");
        job.Information.Add(record);
    }
}
