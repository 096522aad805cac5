namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>What the conditions of Host and Match are about.</summary>
/// <param name="Host">The host, as it is known at this pass (for Host).</param>
/// <param name="OriginalHost">The host as it was named.</param>
/// <param name="Command">The remote command, or the subsystem's name; empty: none.</param>
/// <param name="IsFinal">Whether it is the second pass, when the host's canonical name is known.</param>
internal sealed record MatchSubject(string Host, string OriginalHost, string Command, bool IsFinal);
