using System.Globalization;
using System.Text;
using SshMux.Engine.Configuration.SshConfig.Syntax;
using SshMux.Engine.Platform.Processes;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Configuration.SshConfig.Values;

/// <summary>
/// LocalForward, RemoteForward and DynamicForward, and -L, -R and -D: the two ends as <c>[host]:port</c> or path, as ssh -G
/// prints them.
/// </summary>
internal static class ForwardText
{
    private const int MaxHostBytes = 1024; // NI_MAXHOST, less its end
    private const int MaxBytes = 255; // of all of it, as in ssh(1)
    private const int MaxPathBytes = 107; // of a unix socket
    private const int MaxFields = 4;

    /// <summary>A reader of one of the keywords.</summary>
    public static ValueReader Reader(bool isDynamic, bool isRemote) => arguments =>
    {
        var text = arguments.Demand();
        if (!isDynamic)
        {
            var target = arguments.Next();
            if (string.IsNullOrEmpty(target) && !isRemote) throw new SettingProblem("Missing target argument.");
            if (!string.IsNullOrEmpty(target))
            {
                return Parse($"{text}:{target}", isDynamic: false, isRemote) ?? throw Bad();
            }
        }

        return Parse(text, isDynamic: true, isRemote) ?? throw Bad();
    };

    /// <summary>Reads the argument of -L, -R or -D; null: it is none.</summary>
    public static IReadOnlyList<string>? ParseArgument(string text, bool isDynamic, bool isRemote) =>
        Parse(text, isDynamic, isRemote) ?? (isRemote && !isDynamic ? Parse(text, isDynamic: true, isRemote) : null);

    private static SettingProblem Bad() => new("Bad forwarding specification.");

    private static IReadOnlyList<string>? Parse(string text, bool isDynamic, bool isRemote)
    {
        if (ByteText.CountBytes(text) > MaxBytes) return null;
        if (ExpandVariables(text) is not { } expanded || Split(expanded.TrimStart()) is not { } fields) return null;
        var (listen, connect) = fields switch
        {
            [{ IsPath: true } path] => (Path(path), null),
            [var port] => (ListenPort(port, isRemote), null),
            [{ IsPath: true } from, { IsPath: true } to] => (Path(from), Path(to)),
            [var port, { IsPath: true } to] => (ListenPort(port, isRemote), Path(to)),
            [var host, var port] => (Address(host, ListenPort(port, isRemote)), null),
            [{ IsPath: true } from, var host, var port] => (Path(from), Address(host, Port(port))),
            [var host, var port, { IsPath: true } to] => (Address(host, ListenPort(port, isRemote)), Path(to)),
            [var port, var host, var to] => (ListenPort(port, isRemote), Address(host, Port(to))),
            [var from, var port, var host, var to] =>
                (Address(from, ListenPort(port, isRemote)), Address(host, Port(to))),
            _ => ((string?)null, (string?)null),
        };
        if (listen is null || (isDynamic && fields.Count > 2)) return null;
        if (connect is not null) return [listen, connect];

        // Without a target the users of the listener choose theirs, by SOCKS.
        return !isDynamic || fields is [{ IsPath: true }, { IsPath: true }] or [_, { IsPath: true }] ? null
            : isRemote ? [listen, "[socks]:0"]
            : [listen];
    }

    private static string? Path(Field field) => ByteText.CountBytes(field.Text) <= MaxPathBytes ? field.Text : null;

    private static string? ListenPort(Field field, bool isRemote) =>
        Numbers.PortNumber(field.Text) is { } port && (port > 0 || isRemote) ? Text(port) : null;

    private static string? Port(Field field) => Numbers.PortNumber(field.Text) is > 0 and var port ? Text(port) : null;

    private static string? Address(Field host, string? port) =>
        port is not null && ByteText.CountBytes(host.Text) <= MaxHostBytes ? $"[{host.Text}]:{port}" : null;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static List<Field>? Split(string text)
    {
        List<Field> fields = [];
        for (var i = 0; i < text.Length;)
        {
            if (fields.Count == MaxFields) return null;
            if (text[i] == '[')
            {
                var close = text.IndexOf(']', i);
                if (close < 0 || (close + 1 < text.Length && text[close + 1] != ':')) return null;
                var inside = text[(i + 1)..close];
                fields.Add(new Field(inside, inside.Contains('/', StringComparison.Ordinal)));
                i = close + 2;
                continue;
            }

            var field = new StringBuilder();
            var isPath = false;
            for (; i < text.Length && text[i] != ':'; i++)
            {
                // What a backslash is before means no more than itself.
                if (text[i] == '/') isPath = true;
                if (text[i] == '\\' && ++i == text.Length) return null;
                field.Append(text[i]);
            }

            i++;
            fields.Add(new Field(field.ToString(), isPath));
        }

        return fields.Count == 0 ? null : fields;
    }

    private static string? ExpandVariables(string text)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length || text[i + 1] != '{')
            {
                result.Append(text[i]);
                continue;
            }

            var end = text.IndexOf('}', i);
            if (end < i + 3 || ProcessEnvironment.Get(text[(i + 2)..end]) is not { } value) return null;
            result.Append(value);
            i = end;
        }

        return result.ToString();
    }

    private readonly record struct Field(string Text, bool IsPath);
}
