using System.Text.RegularExpressions;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Platform.Processes;

namespace SshMux.Engine.Forwarding;

/// <summary>The forwards of a host's configuration, and the expansion of what users write in forwards.</summary>
internal static partial class ConfiguredForwards
{
    /// <summary>
    /// Those of LocalForward, DynamicForward and RemoteForward, in this order; none with ClearAllForwardings.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: one is wrong.</exception>
    public static IReadOnlyList<ForwardSpec> Read(HostConfiguration configuration)
    {
        return
        [
            .. configuration.LocalForwards.Select(text => Parse(text, ForwardSpec.ParseLocal)),
            .. configuration.DynamicForwards.Select(text => Parse(text, ForwardSpec.ParseDynamic)),
            .. configuration.RemoteForwards.Select(text => Parse(text, ForwardSpec.ParseRemote)),
        ];

        // Their variables were expanded when they were read.
        ForwardSpec Parse(string text, Func<string, ForwardSpec> parse) => Expand(parse(text), configuration.Tokens);
    }

    /// <summary>
    /// Reads a forward as ssh(1) does from its command line: with environment variables (<c>${NAME}</c>), and with
    /// tokens in the paths of unix sockets.
    /// </summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="parse">Reads a forward of the kind that is meant.</param>
    /// <param name="tokens">What tokens stand for.</param>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: it is wrong.</exception>
    public static ForwardSpec ParseExpanded(string text, Func<string, ForwardSpec> parse, ConnectionTokens tokens)
    {
        var spec = parse(Variable().Replace(text, match => ValueOf(match.Groups[1].Value, text)));
        return Expand(spec, tokens);
    }

    private static ForwardSpec Expand(ForwardSpec spec, ConnectionTokens tokens) => spec with
    {
        Listen = Expand(spec.Listen, tokens),
        Connect = spec.Connect is { } target ? Expand(target, tokens) : null,
    };

    private static string ValueOf(string variable, string text) =>
        ProcessEnvironment.Get(variable) ?? throw new SshException(
            SshError.ConfigurationInvalid,
            $"forward '{text}' cannot be used: the environment variable '{variable}' is not set");

    private static ForwardEndpoint Expand(ForwardEndpoint end, ConnectionTokens tokens) =>
        end.IsPath ? end with { Host = tokens.Expand(end.Host, "forward") } : end;

    [GeneratedRegex(@"\$\{([^}]*)\}")]
    private static partial Regex Variable();
}
