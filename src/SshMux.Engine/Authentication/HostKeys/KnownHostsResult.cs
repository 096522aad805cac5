namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>The answer of <see cref="KnownHosts.Check"/>.</summary>
/// <param name="Status">What known_hosts says.</param>
/// <param name="Entry">
/// The line that says so: the matching or revoked key, or for <see cref="KnownHostsStatus.Changed"/> a key that is
/// there in its place (one of the same type if there is one).
/// </param>
internal readonly record struct KnownHostsResult(KnownHostsStatus Status, KnownHostsEntry? Entry);
