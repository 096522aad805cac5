using System.Collections.Immutable;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>One thing that two readers of a configuration do not agree in.</summary>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Keyword">The keyword in lower case (for an order, the first that is elsewhere); else empty.</param>
/// <param name="Ours">Our lines of this keyword, or our messages.</param>
/// <param name="Theirs">OpenSSH's.</param>
internal sealed record Disagreement(
    DisagreementKind Kind, string Keyword, ImmutableArray<string> Ours, ImmutableArray<string> Theirs)
{
    public override string ToString() =>
        $"{Kind} {Keyword}\n  ours:    {string.Join("\n           ", Ours)}\n"
        + $"  OpenSSH: {string.Join("\n           ", Theirs)}\n";
}
