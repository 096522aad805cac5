namespace SshMux.Engine.Configuration.SshConfig.Values;

/// <summary>A keyword of ssh_config(5).</summary>
/// <param name="Name">Its name in lower case, without regard to its older names.</param>
/// <param name="Kind">What its lines come to.</param>
/// <param name="Read">Reads its value; null where that is not a value's matter.</param>
internal sealed record KeywordDefinition(string Name, KeywordKind Kind, ValueReader? Read);
