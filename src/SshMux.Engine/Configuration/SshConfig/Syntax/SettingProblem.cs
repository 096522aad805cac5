namespace SshMux.Engine.Configuration.SshConfig.Syntax;

/// <summary>
/// A setting that cannot be: its message is ssh(1)'s own, without file and line, and may say behind it what would do.
/// </summary>
/// <param name="message">What is wrong.</param>
/// <param name="endsAtOnce">
/// Whether nothing more is read, as ssh(1) ends there; else the lines after it are looked at, too.
/// </param>
internal sealed class SettingProblem(string message, bool endsAtOnce = false) : Exception(message)
{
    /// <summary>Whether nothing more is read.</summary>
    public bool EndsAtOnce => endsAtOnce;

    /// <summary>Whether the keyword is not known at all: ssh(1) has another form of message for that.</summary>
    public bool IsUnknownKeyword { get; init; }
}
