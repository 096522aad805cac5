using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Agents;
using SshMux.Engine.Platform.Files;
using SshMux.Engine.Platform.Processes;

namespace SshMux.Engine.Configuration.SshConfig;

/// <content>Settings that are files and sockets, and forwards.</content>
internal sealed partial class HostConfiguration
{
    private KeyValuePair<string, string> SplitVariable(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return new KeyValuePair<string, string>(text[..equals], Tokens.Expand(text[(equals + 1)..], "SetEnv"));
    }

    /// <summary>A forward's ends, "[host]:port" or a path, in the syntax of -L, -R and -D.</summary>
    private static string CommandLineForward(IReadOnlyList<string> ends) => ends switch
    {
        // A remote forward without a fixed end, where the server's users choose the destination by SOCKS.
        [var listen, "[socks]:0"] => CommandLineEnd(listen),
        _ => string.Join(':', ends.Select(CommandLineEnd)),
    };

    private static string CommandLineEnd(string end)
    {
        if (!end.StartsWith('['))
        {
            return end.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal);
        }

        var close = end.LastIndexOf(']');
        var host = end[1..close];
        return host.AsSpan().IndexOfAny(":/") >= 0 ? end : host + end[(close + 1)..];
    }

    private List<string> Paths(IReadOnlyList<string> values, string name)
    {
        List<string> paths = [];
        foreach (var value in values)
        {
            if (SettingValues.Is(value, "none")) continue;
            var path = Tokens.ExpandPath(value, name);
            if (!paths.Exists(other => LocalFiles.Current.AreSame(path, other))) paths.Add(path);
        }

        return paths;
    }

    private string? AgentSocket()
    {
        var configured = _values.First("identityagent") ?? "SSH_AUTH_SOCK";
        if (SettingValues.Is(configured, "none")) return null;
        var variable = configured == "SSH_AUTH_SOCK" ? configured
            : configured.StartsWith('$') && !configured.StartsWith("${", StringComparison.Ordinal) ? configured[1..]
            : null;
        var path = variable is null ? Tokens.ExpandPath(configured, "IdentityAgent")
            : variable == "SSH_AUTH_SOCK" ? AgentSockets.Current.Usual(ProcessEnvironment.Get(variable))
            : ProcessEnvironment.Get(variable);
        return string.IsNullOrEmpty(path) ? null : path;
    }

    private List<string> KnownHostsFiles(
        string keyword, IReadOnlyList<string> fallback, Func<string, string> expand)
    {
        var words = _values.FirstWords(keyword);
        if (words is [var one] && SettingValues.Is(one, "none")) return [];
        List<string> files = [.. (words.Count == 0 ? fallback : words).Select(expand)];
        files.ForEach(file => UnixPath.Demand(file, keyword));
        return files;
    }

    private void ReadForwards()
    {
        GatewayPorts = _values.Flag("gatewayports", false);
        Compression = _values.Flag("compression", false);
        ExitOnForwardFailure = _values.Flag("exitonforwardfailure", _query.StdioForward);
        if (_values.Flag("clearallforwardings", _query.StdioForward)) return;
        LocalForwards = Forwards("localforward");
        RemoteForwards = Forwards("remoteforward");
        DynamicForwards = Forwards("dynamicforward");

        IReadOnlyList<string> Forwards(string keyword) =>
            [.. _values.Settings(keyword).Select(setting => CommandLineForward(setting.Words))];
    }
}
