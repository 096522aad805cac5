namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>What is to be said of the reading of a configuration.</summary>
internal sealed class ReadingNotes
{
    private readonly List<string> _warnings = [];
    private readonly List<string> _steps = [];

    /// <summary>What the user should see; files may be read twice, and say the same only once.</summary>
    public IEnumerable<string> Warnings => _warnings.Distinct();

    /// <summary>What was done, for who looks for a mistake: in the words of <c>ssh -v</c>.</summary>
    public IReadOnlyList<string> Steps => _steps;

    /// <summary>Adds a warning.</summary>
    public void Warn(string text) => _warnings.Add(text);

    /// <summary>Adds a step.</summary>
    public void Tell(string text) => _steps.Add(text);
}
