using FsCheck;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>
/// A keyword with generators of values: those that both its manual page and ssh allow, and others. A value is its
/// words, without the quotes that they may need.
/// </summary>
internal sealed record KeywordForms(string Keyword, Gen<string[]> Valid, Gen<string[]> Invalid)
{
    /// <summary>The value is all the rest of the line as it is: one word, never quoted.</summary>
    public bool IsText { get; init; }

    /// <summary>Only the newer OpenSSH has it.</summary>
    public bool IsNewer { get; init; }

    /// <summary>How often it comes, among the others.</summary>
    public int Weight { get; init; } = 6;
}
