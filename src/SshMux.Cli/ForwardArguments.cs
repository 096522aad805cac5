using System.Text.RegularExpressions;
using SshMux.Engine;
using SshMux.Engine.Configuration;
using SshMux.Engine.Connection;

namespace SshMux.Cli;

/// <summary>The forwards that the command line and the configuration ask for.</summary>
internal static partial class ForwardArguments
{
    /// <summary>
    /// Reads them: those that listen here, then those that listen on the server; of each kind the command line's first.
    /// Environment variables (<c>${NAME}</c>), and tokens in the paths of unix sockets, are expanded.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: one is wrong.</exception>
    public static IReadOnlyList<ForwardSpec> Read(CommandLine line, HostConfiguration configuration)
    {
        // As in ssh(1), -W does without forwards.
        var cleared = configuration.Get("clearallforwardings")?.ToLowerInvariant() is "yes" or "true";
        if (cleared || line.StdioForward is not null) return [];
        List<ForwardSpec> all = [];
        Add(line.LocalForwards, configuration.LocalForwards, ForwardSpec.ParseLocal);
        Add(line.DynamicForwards, configuration.DynamicForwards, ForwardSpec.ParseDynamic);
        Add(line.RemoteForwards, configuration.RemoteForwards, ForwardSpec.ParseRemote);
        return all;

        void Add(IReadOnlyList<string> given, IReadOnlyList<string> configured, Func<string, ForwardSpec> parse)
        {
            foreach (var text in given) all.Add(Expand(parse(ExpandVariables(text)), configuration.Tokens));

            // What comes from ssh -G is expanded.
            foreach (var text in configured)
            {
                all.Add(configuration.SshProgram is null
                    ? Expand(parse(ExpandVariables(text)), configuration.Tokens)
                    : parse(text));
            }
        }
    }

    /// <summary>The option that asks for a kind.</summary>
    public static string OptionOf(ForwardKind kind) => kind switch
    {
        ForwardKind.Local => "-L",
        ForwardKind.Remote => "-R",
        _ => "-D",
    };

    /// <summary>The forward as an option of the command line.</summary>
    public static string Describe(ForwardSpec spec) => $"{OptionOf(spec.Kind)} {spec}";

    /// <summary>What to tell the user of a port that was chosen; for remote forwards in ssh(1)'s words.</summary>
    public static string Allocated(ForwardSpec spec, int port) => spec switch
    {
        { Kind: not ForwardKind.Remote } => $"Allocated port {port} for {Name(spec.Kind)} forward {spec}",
        { Connect: null } => $"Allocated port {port} for remote forward to socks:0",
        { Connect: { IsPath: true } path } => $"Allocated port {port} for remote forward to {path.Host}",
        { Connect: var target } => $"Allocated port {port} for remote forward to {target.Host}:{target.Port}",
    };

    private static string Name(ForwardKind kind) => kind == ForwardKind.Local ? "local" : "dynamic";

    private static string ExpandVariables(string text) => Variable().Replace(
        text,
        match => Environment.GetEnvironmentVariable(match.Groups[1].Value) ?? throw new SshException(
            SshError.ConfigurationInvalid,
            $"forward '{text}' cannot be used: the environment variable '{match.Groups[1].Value}' is not set"));

    private static ForwardSpec Expand(ForwardSpec spec, ConnectionTokens tokens) => spec with
    {
        Listen = Expand(spec.Listen, tokens),
        Connect = spec.Connect is { } target ? Expand(target, tokens) : null,
    };

    private static ForwardEndpoint Expand(ForwardEndpoint end, ConnectionTokens tokens) =>
        end.IsPath ? end with { Host = tokens.Expand(end.Host, "forward") } : end;

    [GeneratedRegex(@"\$\{([^}]*)\}")]
    private static partial Regex Variable();
}
