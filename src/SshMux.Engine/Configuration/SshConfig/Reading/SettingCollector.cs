using SshMux.Engine.Configuration.SshConfig.Syntax;
using SshMux.Engine.Configuration.SshConfig.Values;

namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>Collects what lines and options say: the first one of most keywords counts, and all of some.</summary>
/// <param name="values">Takes the settings.</param>
internal sealed class SettingCollector(SettingValues values)
{
    private const int MaxFiles = 100; // of IdentityFile, and of CertificateFile

    // What there is of the keywords of which all count, by who says it: ssh(1) takes a file of the system's configuration
    // for another one than the same in the user's.
    private readonly HashSet<(string Keyword, string Value, SettingSource Source)> _seen = [];

    private readonly HashSet<string> _closed = [];

    /// <summary>Lets keywords without a value keep their defaults, whatever later lines say.</summary>
    public void Close(params ReadOnlySpan<string> keywords)
    {
        foreach (var keyword in keywords)
        {
            if (!values.Has(keyword)) _closed.Add(keyword);
        }
    }

    /// <summary>Takes a private key's file of the command line (<c>-i</c>).</summary>
    public void AddIdentityFile(string path)
    {
        if (_seen.Add(("identityfile", path, SettingSource.Letter))) values.Add("identityfile", path);
    }

    /// <summary>Takes a line that begins no section and includes nothing.</summary>
    /// <param name="definition">The keyword.</param>
    /// <param name="arguments">What is behind it.</param>
    /// <param name="isActive">Whether the line's section is for this host; else it is only looked at.</param>
    /// <param name="source">Who says it.</param>
    /// <param name="origin">Where it stands.</param>
    /// <exception cref="SettingProblem">The value cannot be.</exception>
    public void Take(
        KeywordDefinition definition, Arguments arguments, bool isActive, SettingSource source, SettingOrigin origin)
    {
        switch (definition.Kind)
        {
            case KeywordKind.First:
                if (definition.Read!(arguments) is { } words) Set(definition.Name, words);
                break;
            case KeywordKind.All:
                Add(definition.Name, definition.Read!(arguments)!);
                break;
            case KeywordKind.Environment:
                TakeEnvironment(definition.Read!(arguments)!);
                break;
            case KeywordKind.ForwardAgent:
                TakeForwardAgent(arguments.Demand("missing argument."));
                break;
            case KeywordKind.RekeyLimit:
                Set(definition.Name, definition.Read!(arguments)!);
                TakeRekeyInterval();
                break;
            case KeywordKind.ProxyJump:
                TakeProxyJump(Texts.Command(arguments)![0]);
                break;
            case KeywordKind.RefuseConnection when definition.Read!(arguments) is [var why] && isActive:
                throw new SettingProblem($"RefuseConnection: {why}", endsAtOnce: true);
            case KeywordKind.Ignored or KeywordKind.Unsupported:
                arguments.Consume();
                break;
        }

        void Set(string keyword, IReadOnlyList<string> words)
        {
            if (!isActive || values.Has(keyword) || _closed.Contains(keyword)) return;
            values.Add(keyword, new Setting(words, origin));
        }

        void Add(string keyword, IReadOnlyList<string> words)
        {
            if (!isActive) return;
            var isFile = keyword is "identityfile" or "certificatefile";
            if (isFile && values.Settings(keyword).Count == MaxFiles)
            {
                var files = keyword == "identityfile" ? "identity" : "certificate";
                throw new SettingProblem($"Too many {files} files specified (max {MaxFiles}).");
            }

            var setting = new Setting(words, origin);
            if (_seen.Add((keyword, setting.Text, isFile ? Owner(source) : default))) values.Add(keyword, setting);
        }

        // ssh(1) keeps a file of an option apart from none of the user's own.
        static SettingSource Owner(SettingSource source) =>
            source == SettingSource.CommandLine ? SettingSource.User : source;

        void TakeEnvironment(IReadOnlyList<string> patterns)
        {
            if (!isActive) return;
            foreach (var pattern in patterns)
            {
                if (pattern[0] != '-') values.Add(definition.Name, new Setting([pattern], origin));
                else values.Remove(definition.Name, one => HostPattern.Matches(one.Text, pattern.AsSpan(1)));
            }
        }

        void TakeForwardAgent(string word)
        {
            if (SettingValues.Is(word, "yes") || SettingValues.Is(word, "true"))
            {
                Set(definition.Name, ["yes"]);
            }
            else if (SettingValues.Is(word, "no") || SettingValues.Is(word, "false"))
            {
                Set(definition.Name, ["no"]);
            }
            else
            {
                Set(definition.Name, ["yes"]);
                Set(KeywordDefinitions.ForwardedSocket, [Texts.CheckSocket(word)]);
            }
        }

        void TakeRekeyInterval()
        {
            if (arguments.Count == 0 || Numbers.Time(arguments) is not { } interval) return;
            Set(KeywordDefinitions.RekeyInterval, interval);
        }

        void TakeProxyJump(string text)
        {
            if (SettingValues.Is(text, "none"))
            {
                Set(definition.Name, ["none"]);
                return;
            }

            if (JumpText.Parse(text, source == SettingSource.CommandLine) is not { } hops)
            {
                throw new SettingProblem(
                    $"Invalid ProxyJump \"{text}\"; it must be [user@]host[:port] or ssh://[user@]host[:port], with commas "
                    + "between");
            }

            if (!isActive || values.Has("proxycommand") || values.Has(definition.Name)) return;
            Set(definition.Name, [hops]);
            Set("proxycommand", ["none"]);
        }
    }
}
