using System.Collections.Immutable;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>What came of reading a configuration: the lines of <c>-G</c>, and what was said.</summary>
internal sealed record PrintedConfiguration(
    int ExitStatus, ImmutableArray<string> Lines, ImmutableArray<string> Messages)
{
    /// <summary>The configuration was not taken.</summary>
    public bool IsRefused => ExitStatus != 0;

    public override string ToString() =>
        $"exit status {ExitStatus}\n{string.Join('\n', Messages)}\n{string.Join('\n', Lines)}\n";
}
