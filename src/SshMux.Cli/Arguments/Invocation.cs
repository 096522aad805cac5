using SshMux.Cli.Output;
using SshMux.Engine;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.Cli.Arguments;

/// <summary>What one start of the command is to do: the command line over the host's configuration.</summary>
internal sealed class Invocation
{
    private bool _ttyImpossible;

    private Invocation(CommandLine line, HostConfiguration configuration)
    {
        Line = line;
        Configuration = configuration;
    }

    /// <summary>The command line.</summary>
    public CommandLine Line { get; }

    /// <summary>The host's configuration, with the options of the command line in it.</summary>
    public HostConfiguration Configuration { get; }

    /// <summary>What to run.</summary>
    public SessionType SessionType { get; private init; }

    /// <summary>The remote command or subsystem; null for a shell.</summary>
    public string? Command { get; private init; }

    /// <summary>Whether standard input stays unread.</summary>
    public bool StdinNull { get; private init; }

    /// <summary>Whether to go to the background after the login.</summary>
    public bool Background { get; private init; }

    /// <summary>Whether to ask for a remote terminal.</summary>
    public bool WantTty { get; private set; }

    /// <summary>The forwards of the command line and of the configuration.</summary>
    public IReadOnlyList<ForwardSpec> Forwards { get; private init; } = [];

    /// <summary>How much to say.</summary>
    public Verbosity Verbosity => Line.Verbosity ?? ConfiguredVerbosity(Configuration.LogLevel);

    /// <summary>Puts both together.</summary>
    /// <exception cref="UsageException">They contradict each other.</exception>
    /// <exception cref="SshException">A forward is wrong.</exception>
    public static Invocation Create(CommandLine line, HostConfiguration configuration)
    {
        if (line.OverStandardStreams && (Terminal.IsTerminal(0) || Terminal.IsTerminal(1)))
        {
            throw new UsageException(
                "-S - is for a program that speaks the multiplexing protocol on pipes, and standard input or output is a "
                + "terminal; for people there is -S path");
        }

        if (line.OverStandardStreams && configuration.ProxyCommand == "-")
        {
            throw new UsageException("-S - and ProxyCommand - both need standard input and output");
        }

        if (line.Command is not null && configuration.RemoteCommand is not null)
        {
            throw new UsageException("Cannot execute command-line and remote command.");
        }

        var invocation = new Invocation(line, configuration)
        {
            Command = line.Command ?? configuration.RemoteCommand,
            SessionType = line.SessionType ?? configuration.SessionType,
            StdinNull = line.StdinNull || (configuration.StdinNull && !line.OverStandardStreams),
            Background = line.Background || (configuration.ForkAfterAuthentication && !line.OverStandardStreams),
            Forwards = ForwardArguments.Read(line, configuration),
        };
        var runsShell = invocation is { Command: null, SessionType: not SessionType.None };
        if (runsShell && invocation.Background && !line.OnlyAsks)
        {
            throw new UsageException("Cannot fork into background without a command to execute.");
        }

        invocation.DecideTty();
        return invocation;
    }

    /// <summary>Says what the user should know of it.</summary>
    public void Announce(Messages messages)
    {
        messages.Verbosity = Verbosity;
        messages.Forced = Configuration.LogVerbose;
        messages.Configuration(Configuration);
        if (_ttyImpossible)
        {
            messages.Notice("Pseudo-terminal will not be allocated because stdin is not a terminal.");
        }
    }

    /// <summary>The control path that -O is about.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public string RequireControlPath() => Configuration.ControlPath
        ?? throw new UsageException(
            "No ControlPath specified for \"-O\" command; give the control socket with -S path");

    private static Verbosity ConfiguredVerbosity(string level) => level.ToUpperInvariant() switch
    {
        "SILENT" => Verbosity.Quiet, // QUIET, as ssh -G shows it
        "FATAL" => Verbosity.Fatal,
        "ERROR" => Verbosity.Error,
        "VERBOSE" => Verbosity.Verbose,
        "DEBUG" or "DEBUG1" => Verbosity.Debug1,
        "DEBUG2" => Verbosity.Debug2,
        "DEBUG3" => Verbosity.Debug3,
        _ => Verbosity.Info,
    };

    private void DecideTty()
    {
        var mode = Configuration.RequestTty;
        if (mode == RequestTtyMode.No || SessionType == SessionType.None || Line.OnlyAsks || Line.ShowKeys) return;
        WantTty = mode is RequestTtyMode.Yes or RequestTtyMode.Force || Command is null;
        if (!WantTty || mode == RequestTtyMode.Force || (!StdinNull && Terminal.IsTerminal(0))) return;
        WantTty = false;
        _ttyImpossible = true;
    }
}
