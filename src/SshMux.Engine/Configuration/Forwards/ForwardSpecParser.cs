using System.Globalization;
using System.Text;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Configuration.Forwards;

/// <summary>ssh(1)'s syntax of forwards.</summary>
internal static class ForwardSpecParser
{
    private const int MaxFields = 4;

    // sun_path with its final NUL.
    private const int MaxPathBytes = 107;

    public static ForwardSpec Parse(ForwardKind kind, string text)
    {
        var rest = text.TrimStart();
        try
        {
            var fields = Split(kind, text, rest);

            // A field with a slash is a path to ssh(1) today; the older separator is meant only where that makes no sense.
            return fields is [{ IsPath: true }] && !rest.StartsWith('.') && ParseWithSlashes(kind, text, rest) is { } older
                ? older
                : Interpret(kind, text, fields);
        }
        catch (SshException) when (ParseWithSlashes(kind, text, rest) is not null)
        {
            return ParseWithSlashes(kind, text, rest)!;
        }
    }

    /// <summary>Reads <c>[bind_address/]port/host/hostport</c> or <c>bind_address/port</c>; null if it is not one.</summary>
    private static ForwardSpec? ParseWithSlashes(ForwardKind kind, string text, string rest)
    {
        var parts = rest.Split('/');
        if (parts.Length is < 2 or > MaxFields || rest.StartsWith('/') || rest.AsSpan().ContainsAny('[', ']')) return null;
        try
        {
            return Interpret(kind, text, parts.Select(part => new Field(part, IsPath: false, IsOlder: true)).ToList());
        }
        catch (SshException)
        {
            return null; // the error of the usual syntax is the one to report
        }
    }

    private static ForwardSpec Interpret(ForwardKind kind, string text, List<Field> fields)
    {
        if (kind == ForwardKind.Dynamic || (kind == ForwardKind.Remote && IsListenerOnly(fields)))
        {
            return new ForwardSpec(kind, ParseListener(kind, text, fields), null);
        }

        return fields switch
        {
            [{ IsPath: true } path, { IsPath: true } target] => Make(Path(path), Path(target)),
            [var port, { IsPath: true } target] => Make(Listener(null, port), Path(target)),
            [{ IsPath: true } path, var host, var port] => Make(Path(path), Target(host, port)),
            [var bind, var port, { IsPath: true } target] => Make(Listener(bind, port), Path(target)),
            [var port, var host, var hostPort] => Make(Listener(null, port), Target(host, hostPort)),
            [var bind, var port, var host, var hostPort] => Make(Listener(bind, port), Target(host, hostPort)),
            _ => throw Bad(kind, text, Expectation(kind)),
        };

        ForwardSpec Make(ForwardEndpoint listen, ForwardEndpoint connect) => new(kind, listen, connect);

        ForwardEndpoint Path(Field field) => ParsePath(kind, text, field);

        ForwardEndpoint Listener(Field? bind, Field port) =>
            new(BindHost(bind), ParsePort(kind, text, port, lowest: 0));

        ForwardEndpoint Target(Field host, Field port) => host.Text.Length != 0
            ? new(host.Text, ParsePort(kind, text, port, lowest: 1))
            : throw Bad(kind, text, "there is no host to connect to");
    }

    private static bool IsListenerOnly(List<Field> fields) =>
        fields is [_] || (fields is [{ IsPath: false }, { IsPath: false }]);

    private static ForwardEndpoint ParseListener(ForwardKind kind, string text, List<Field> fields) => fields switch
    {
        [{ IsPath: true } path] => ParsePath(kind, text, path),
        [var port] => new("", ParsePort(kind, text, port, lowest: 0)),
        [{ IsPath: false } bind, { IsPath: false } port] =>
            new(BindHost(bind), ParsePort(kind, text, port, lowest: 0)),
        _ => throw Bad(kind, text, Expectation(kind)),
    };

    // As ssh(1): an address that is there but empty means all of them.
    private static string BindHost(Field? bind) => bind switch
    {
        null => "",
        { Text: "" } => "*",
        _ => bind.Text,
    };

    private static ForwardEndpoint ParsePath(ForwardKind kind, string text, Field field) =>
        Encoding.UTF8.GetByteCount(field.Text) is > MaxPathBytes and var length
            ? throw Bad(kind, text, $"the socket's path has {length} bytes, and {MaxPathBytes} are possible")
            : ForwardEndpoint.ForPath(field.Text);

    private static int ParsePort(ForwardKind kind, string text, Field field, int lowest)
    {
        // Not with the older separator: a path would too easily be taken for it.
        if (!field.IsOlder && ServicePort.Find(field.Text) is { } named) return named;
        return int.TryParse(field.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port >= lowest
            && port <= ushort.MaxValue
                ? port
                : throw Bad(kind, text, $"'{field.Text}' is no port from {lowest} to {ushort.MaxValue}");
    }

    private static List<Field> Split(ForwardKind kind, string text, string rest)
    {
        var fields = new List<Field>();
        for (var position = 0; position < rest.Length;)
        {
            if (fields.Count == MaxFields) throw Bad(kind, text, Expectation(kind));
            fields.Add(rest[position] == '['
                ? ReadBracketed(kind, text, rest, ref position)
                : ReadPlain(kind, text, rest, ref position));
        }

        return fields;
    }

    private static Field ReadBracketed(ForwardKind kind, string text, string rest, ref int position)
    {
        var end = rest.IndexOf(']', position);
        if (end < 0 || (end + 1 < rest.Length && rest[end + 1] != ':'))
        {
            throw Bad(kind, text, "a bracket is not closed before the next ':'");
        }

        var inside = rest[(position + 1)..end];
        position = end + 2;
        return new Field(inside, inside.Contains('/'));
    }

    private static Field ReadPlain(ForwardKind kind, string text, string rest, ref int position)
    {
        var field = new StringBuilder();
        var isPath = false;
        for (; position < rest.Length && rest[position] != ':'; position++)
        {
            if (rest[position] == '/') isPath = true;
            if (rest[position] == '\\' && ++position == rest.Length) throw Bad(kind, text, "it ends with a '\\'");
            field.Append(rest[position]);
        }

        position++;
        return new Field(field.ToString(), isPath);
    }

    private static string Expectation(ForwardKind kind) => kind switch
    {
        ForwardKind.Dynamic => "expected [bind_address:]port",
        ForwardKind.Local => "expected [bind_address:]port:host:hostport, or the path of a unix socket on either side",
        _ => "expected [bind_address:]port:host:hostport, or the path of a unix socket on either side, "
            + "or [bind_address:]port alone",
    };

    private static SshException Bad(ForwardKind kind, string text, string why)
    {
        var option = kind switch
        {
            ForwardKind.Local => "local",
            ForwardKind.Remote => "remote",
            _ => "dynamic",
        };
        return new SshException(SshError.ConfigurationInvalid, $"bad {option} forward '{text}': {why}");
    }

    private sealed record Field(string Text, bool IsPath, bool IsOlder = false);
}
