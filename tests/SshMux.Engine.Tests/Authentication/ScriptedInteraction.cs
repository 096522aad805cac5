using SshMux.Engine.Authentication.Interaction;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>A user who answers from a list, and remembers what was asked and shown.</summary>
internal sealed class ScriptedInteraction(params string?[] answers) : IUserInteraction
{
    private readonly Queue<string?> _answers = new(answers);

    public List<SecretPrompt> Prompts { get; } = [];

    public List<string> Questions { get; } = [];

    public List<string> Messages { get; } = [];

    public List<Secret> Given { get; } = [];

    public bool Confirms { get; init; }

    public ValueTask<Secret?> AskSecretAsync(SecretPrompt prompt, CancellationToken cancellationToken)
    {
        Prompts.Add(prompt);
        if (!_answers.TryDequeue(out var answer) || answer is null) return new ValueTask<Secret?>((Secret?)null);
        Given.Add(new Secret(answer));
        return new ValueTask<Secret?>(Given[^1]);
    }

    public ValueTask<bool> ConfirmAsync(ConfirmPrompt prompt, CancellationToken cancellationToken)
    {
        Questions.Add(prompt.Text);
        return new ValueTask<bool>(Confirms);
    }

    public void ShowMessage(string text) => Messages.Add(text);
}
