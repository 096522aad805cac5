using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Processes;

namespace SshMux.Engine.Configuration.SshConfig;

/// <content>Settings that are files and sockets, and forwards.</content>
internal sealed partial class HostConfiguration
{
    private static KeyValuePair<string, string> SplitVariable(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0) throw SettingValues.Invalid("SetEnv", text, "it must be NAME=value");
        return new KeyValuePair<string, string>(text[..equals], text[(equals + 1)..]);
    }

    /// <summary>
    /// A forward of a configuration file, "[host]:port [host]:port", in the syntax of -L, -R and -D.
    /// </summary>
    private static string CommandLineForward(string value)
    {
        var ends = SettingValues.Words(value).Select(WithoutNeedlessBrackets).ToArray();
        // A remote forward without a fixed end, where the server's users choose the destination by SOCKS.
        return ends is [var listen, "socks:0"] ? listen : string.Join(':', ends);
    }

    private static string WithoutNeedlessBrackets(string end)
    {
        var close = end.IndexOf(']', StringComparison.Ordinal);
        if (!end.StartsWith('[') || close < 0) return end;
        var host = end[1..close];
        return host.Contains(':', StringComparison.Ordinal) ? end : host + end[(close + 1)..];
    }

    private List<string> Paths(string keyword, string name)
    {
        List<string> paths = [];
        foreach (var value in _values.All(keyword))
        {
            if (SettingValues.Is(value, "none")) continue;
            var path = Tokens.ExpandPath(value, name);
            if (!paths.Contains(path)) paths.Add(path);
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
        // ssh -G has expanded a path.
        var path = variable is not null ? ProcessEnvironment.Get(variable)
            : SshProgram is null ? Tokens.ExpandPath(configured, "IdentityAgent")
            : configured;
        return string.IsNullOrEmpty(path) ? null : path;
    }

    private List<string> KnownHostsFiles(string keyword, string fallback)
    {
        List<string> files = [];
        foreach (var word in SettingValues.Words(_values.First(keyword) ?? fallback))
        {
            if (SettingValues.Is(word, "none") && files.Count == 0) return [];
            // ssh -G separates the files by spaces and does not quote: what cannot begin a path after an absolute one
            // belongs to that one.
            if (files.Count > 0 && files[^1].StartsWith('/') && !word.StartsWith('/') && !word.StartsWith('~'))
            {
                files[^1] += ' ' + word;
            }
            else
            {
                files.Add(ConnectionTokens.ExpandTilde(word, keyword));
            }
        }

        files.ForEach(file => UnixPath.Demand(file, keyword));
        return SshProgram is null ? [.. files.Select(file => Tokens.Expand(file, keyword))] : files;
    }

    private void ReadForwards()
    {
        GatewayPorts = _values.Flag("gatewayports", false);
        Compression = _values.Flag("compression", false);
        ExitOnForwardFailure = _values.Flag("exitonforwardfailure", false);
        if (_values.Flag("clearallforwardings", false)) return;
        LocalForwards = [.. _values.All("localforward").Select(CommandLineForward)];
        RemoteForwards = [.. _values.All("remoteforward").Select(CommandLineForward)];

        // ssh -G before 9.9 prints a local forward between two sockets among the dynamic ones, too.
        var listening = _values.All("localforward").Select(value => SettingValues.Words(value).FirstOrDefault());
        DynamicForwards = [.. _values.All("dynamicforward")
            .Where(value => !value.StartsWith('/') || !listening.Contains(value))
            .Select(CommandLineForward)];
    }
}
