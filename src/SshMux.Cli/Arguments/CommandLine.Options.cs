using SshMux.Cli.Output;
using SshMux.Engine.Configuration;

namespace SshMux.Cli.Arguments;

// The options in ssh_config(5)'s form.
internal sealed partial class CommandLine
{
    private readonly Dictionary<string, string> _keywords = [];
    private bool _verbose;

    private void TakeConfigurationOption(string text)
    {
        var (keyword, value) = Split(text);
        if (keyword.Length == 0) throw new UsageException($"-o '{text}': there is no keyword; give Keyword=value");
        if (value.Length == 0) throw new UsageException($"-o {keyword}: the value is missing; give {keyword}=value");
        keyword = keyword.ToLowerInvariant();

        // Of user and port the first counts, and letters and destination come in their order with -o.
        if ((keyword == "user" && User is not null) || (keyword == "port" && Port is not null)) return;
        _keywords.TryAdd(keyword, value);
        if (keyword == "sessiontype") SessionType ??= ReadSessionType(value);
        _options.Add(text);
    }

    private static SessionType? ReadSessionType(string value) => value.ToLowerInvariant() switch
    {
        "none" => Engine.Configuration.SessionType.None,
        "subsystem" => Engine.Configuration.SessionType.Subsystem,
        "default" => Engine.Configuration.SessionType.Default,
        _ => null, // the configuration's reader says what is wrong with it
    };

    private static (string Keyword, string Value) Split(string text)
    {
        var trimmed = text.Trim();
        var end = trimmed.AsSpan().IndexOfAny("= \t");
        if (end < 0) return (trimmed, "");
        var value = trimmed[end..].TrimStart();
        if (value.StartsWith('=')) value = value[1..].TrimStart();
        if (value.Length > 1 && value[0] == '"' && value[^1] == '"') value = value[1..^1];
        return (trimmed[..end], value);
    }

    private bool HasOption(string keyword) => _keywords.ContainsKey(keyword);

    private string? Option(string keyword) => _keywords.GetValueOrDefault(keyword)?.ToLowerInvariant();
}
