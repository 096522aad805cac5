using SshMux.Engine.Configuration.SshConfig.Syntax;

namespace SshMux.Engine.Configuration.SshConfig.Values;

/// <summary>
/// Reads the words behind a keyword: gives them in the spelling that ssh -G prints; null: the line sets nothing. It leaves
/// the words that it does not know.
/// </summary>
/// <exception cref="SettingProblem">The value cannot be.</exception>
internal delegate IReadOnlyList<string>? ValueReader(Arguments arguments);
