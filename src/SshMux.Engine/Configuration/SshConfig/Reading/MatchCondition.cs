using SshMux.Engine.Configuration.SshConfig.Syntax;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>Judges the conditions of a Match line, one after the other.</summary>
/// <param name="values">What is set by now.</param>
/// <param name="subject">What the conditions are about.</param>
/// <param name="runs">Whether programs of Match exec are run: the line could count at all.</param>
internal sealed class MatchCondition(SettingValues values, MatchSubject subject, bool runs)
{
    // Those that may be written as NAME=VALUE.
    private static readonly string[] Valued =
        ["host", "originalhost", "user", "localuser", "localnetwork", "version", "tagged", "command", "exec"];

    /// <summary>Whether a condition asks for the second pass (final).</summary>
    public bool WantsFinalPass { get; private set; }

    /// <summary>Whether all of them are fulfilled.</summary>
    /// <exception cref="SettingProblem">One of them cannot be.</exception>
    /// <exception cref="SshException">A program cannot be run, or a token is not known.</exception>
    public async ValueTask<bool> IsFulfilledAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var (result, count) = (true, 0);
        while (arguments.Next() is { } word)
        {
            if (word.StartsWith('#'))
            {
                arguments.Consume();
                break;
            }

            var negated = word.StartsWith('!');
            var name = ConfigurationLine.Lower(negated ? word[1..] : word);
            if (name == "all") return TakeAll(arguments, word, count) ? result && !negated : false;
            count++;
            if (name is "canonical" or "final")
            {
                WantsFinalPass |= name == "final" && !negated;
                result &= subject.IsFinal != negated;
                continue;
            }

            var argument = ValueOf(ref name, negated ? word[1..] : word) ?? arguments.Next()
                ?? throw new SettingProblem($"missing argument for Match '{word}'");
            if (argument.StartsWith('#') || (argument.Length == 0 && name is not ("tagged" or "command")))
            {
                throw new SettingProblem($"Missing Match criteria for {name}");
            }

            result &= await IsTrueAsync(name, argument, result, cancellationToken).ConfigureAwait(false) != negated;
        }

        return count > 0 ? result : throw new SettingProblem("One or more attributes required for Match");
    }

    private static bool TakeAll(Arguments arguments, string word, int count)
    {
        var next = arguments.Next();
        if (count > 1 || (next is { Length: > 0 } && next[0] != '#'))
        {
            throw new SettingProblem($"'{word}' cannot be combined with other Match attributes");
        }

        if (next is ['#', ..]) arguments.Consume();
        return true;
    }

    /// <summary>The value of a condition that is written as NAME=VALUE; null: it is another word.</summary>
    private static string? ValueOf(ref string name, string word)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0 || Array.IndexOf(Valued, name[..equals]) < 0) return null;
        name = name[..equals];
        return word[(equals + 1)..];
    }

    private async ValueTask<bool> IsTrueAsync(
        string name, string argument, bool isOpen, CancellationToken cancellationToken)
    {
        switch (name)
        {
            case "host":
                return MatchesHost(SettingTokens.HostName(values, subject), argument);
            case "originalhost":
                return MatchesHost(subject.OriginalHost, argument);
            case "user":
                return HostPattern.MatchList(SettingTokens.User(values), argument) == 1;
            case "localuser":
                return HostPattern.MatchList(LocalUser.Current.Name, argument) == 1;
            case "localnetwork":
                return LocalNetworks.AreAmong(argument);
            case "version":
                return HostPattern.MatchList(OpenSshVersion, argument) == 1;
            case "tagged":
                return MatchesOrEmpty(values.First("tag") ?? "", argument);
            case "command":
                return MatchesOrEmpty(subject.Command, argument);
            case "sessiontype":
                return HostPattern.MatchList(SessionTypeName(), argument) == 1;
            case "exec":
                var command = SettingTokens.Of(values, subject).ExpandPercent(argument, "Match exec", "%CLdhiklnpruj");
                return isOpen && runs
                    && await MatchProgram.SucceedsAsync(command, cancellationToken).ConfigureAwait(false);
            default:
                throw new SettingProblem($"Unsupported Match attribute {name}");
        }
    }

    /// <summary>The version of OpenSSH whose configuration this is, for Match version.</summary>
    internal const string OpenSshVersion = "OpenSSH_10.6p1";

    private static bool MatchesHost(string host, string patterns) =>
        HostPattern.MatchList(ConfigurationLine.Lower(host), ConfigurationLine.Lower(patterns)) == 1;

    private static bool MatchesOrEmpty(string text, string patterns) =>
        text.Length == 0 ? patterns.Length == 0 : HostPattern.MatchList(text, patterns) == 1;

    private string SessionTypeName() => values.First("sessiontype") switch
    {
        "subsystem" => "subsystem",
        "none" => "none",
        _ => subject.Command.Length > 0 ? "exec" : "shell",
    };
}
