using SshMux.Engine;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Forwarding;

namespace SshMux.Cli.Arguments;

/// <summary>The forwards that the command line and the configuration ask for.</summary>
internal static class ForwardArguments
{
    /// <summary>
    /// Reads them: those that listen here, then those that listen on the server; of each kind the command line's first.
    /// Variables and tokens are expanded.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: one is wrong.</exception>
    public static IReadOnlyList<ForwardSpec> Read(CommandLine line, HostConfiguration configuration)
    {
        // As in ssh(1), -W does without forwards.
        var cleared = configuration.Get("clearallforwardings")?.ToLowerInvariant() is "yes" or "true";
        if (cleared || line.StdioForward is not null || configuration.IsForwardingWithdrawn) return [];
        var configured = ConfiguredForwards.Read(configuration);
        return
        [
            .. Given(line.LocalForwards, ForwardSpec.ParseLocal), .. Configured(ForwardKind.Local),
            .. Given(line.DynamicForwards, ForwardSpec.ParseDynamic), .. Configured(ForwardKind.Dynamic),
            .. Given(line.RemoteForwards, ForwardSpec.ParseRemote), .. Configured(ForwardKind.Remote),
        ];

        IEnumerable<ForwardSpec> Given(IReadOnlyList<string> texts, Func<string, ForwardSpec> parse) =>
            texts.Select(text => ConfiguredForwards.ParseExpanded(text, parse, configuration.Tokens));

        IEnumerable<ForwardSpec> Configured(ForwardKind kind) => configured.Where(spec => spec.Kind == kind);
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
}
