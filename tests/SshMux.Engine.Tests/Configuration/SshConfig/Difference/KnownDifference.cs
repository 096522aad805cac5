namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>A disagreement that is known and meant.</summary>
/// <param name="Name">What it is about, in a few words.</param>
/// <param name="Reason">Why it is so.</param>
/// <param name="Example">Lines of a file with which it is seen (for the host web1).</param>
/// <param name="Excuses">Whether a disagreement is this one; it should look closely.</param>
internal sealed record KnownDifference(
    string Name, string Reason, string[] Example, Func<Disagreement, GeneratedConfiguration, bool> Excuses);
