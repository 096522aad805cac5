using SshMux.Cli.Output;
using SshMux.Engine.Configuration;

namespace SshMux.Cli.Arguments;

// The option letters.
internal sealed partial class CommandLine
{
    private const string Letters = "1246ACGKMNTVXYZafghknqstvxyB:D:E:F:I:J:L:O:P:Q:R:S:W:b:c:e:i:l:m:o:p:w:";

    /// <summary>Reads a command line, without the program's name.</summary>
    /// <exception cref="UsageException">ssh(1) would refuse it, or it asks for what is not there yet.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var line = new CommandLine();
        if (arguments is ["--help", ..])
        {
            line.ShowHelp = true;
            return line;
        }

        var scanner = new OptionScanner(arguments, Letters);
        if (!line.TakeOptions(scanner)) return line;

        var index = scanner.Index;
        if (index < arguments.Count)
        {
            line.TakeDestination(arguments[index++]);
            var ended = index > 1 && arguments[index - 2] == "--";
            if (index < arguments.Count && !ended)
            {
                // ssh(1) takes options after the host, too.
                scanner.Restart(index);
                if (!line.TakeOptions(scanner)) return line;
                index = scanner.Index;
            }
        }

        if (line.Host.Length == 0) throw new UsageException("", showUsage: true);
        DestinationArgument.Check(line.Host, line.User);
        if (index < arguments.Count)
        {
            line.Words = [.. RestOf(arguments, index)];
            line.Command = string.Join(' ', line.Words);
        }
        else if (line.SessionType == Engine.Configuration.SessionType.Subsystem)
        {
            throw new UsageException("You must specify a subsystem to invoke.", showUsage: true);
        }

        if (!line.ShowConfiguration) line.RefuseUnsupported();
        if (line.OverStandardStreams) line.DemandStandardStreams();
        return line;
    }

    private static IEnumerable<string> RestOf(IReadOnlyList<string> arguments, int index)
    {
        for (; index < arguments.Count; index++) yield return arguments[index];
    }

    private void TakeDestination(string text)
    {
        var destination = DestinationArgument.Parse(text);
        Host = destination.Host;
        if (Host.Length == 0) throw new UsageException("the host name is empty");
        if (!HasOption("user")) User ??= destination.User;
        if (!HasOption("port")) Port ??= destination.Port;
    }

    /// <summary>Takes options until there are none; false if one of them ends the program at once.</summary>
    private bool TakeOptions(OptionScanner scanner)
    {
        while (scanner.Next() is { } letter)
        {
            switch (letter)
            {
                case 'V':
                    ShowVersion = true;
                    return false;
                case 'h':
                    // No letter of ssh(1)'s, which gives its usage for it, and an error.
                    ShowHelp = true;
                    return false;
                case 'Q':
                    Query = scanner.Value;
                    return false;
                default:
                    TakeOption(letter, scanner.Value);
                    break;
            }
        }

        return true;
    }

    private void TakeOption(char letter, string value)
    {
        switch (letter)
        {
            case '1': throw new UsageException("SSH protocol v.1 is no longer supported");
            case '2': break;
            case '4': _settings["AddressFamily"] = "inet"; break;
            case '6': _settings["AddressFamily"] = "inet6"; break;
            case 'A': _settings["ForwardAgent"] = "yes"; break;
            case 'a': _settings["ForwardAgent"] = "no"; break;
            case 'X': _settings["ForwardX11"] = "yes"; break;
            case 'Y': _settings["ForwardX11"] = _settings["ForwardX11Trusted"] = "yes"; break;
            case 'x': _settings["ForwardX11"] = "no"; break;
            case 'b': _settings["BindAddress"] = value; break;
            case 'B': _settings["BindInterface"] = value; break;
            case 'J': TakeJump(value); break;
            case 'c': _settings["Ciphers"] = value; break;
            case 'm': _settings["MACs"] = value; break;
            case 'e': _settings["EscapeChar"] = CheckEscape(value); break;
            case 'g': _settings["GatewayPorts"] = "yes"; break;
            case 'P': _settings["Tag"] = value; break;
            case 'S': TakeControlPath(value); break;
            case 'F': ConfigFile = value; break;
            case 'E': LogFile = value; break;
            case 'G': ShowConfiguration = true; break;
            case 'Z': ShowKeys = true; break;
            case 'i': _identityFiles.Add(value); break;
            case 'L': _localForwards.Add(value); break;
            case 'R': _remoteForwards.Add(value); break;
            case 'D': _dynamicForwards.Add(value); break;
            case 'l': TakeUser(value); break;
            case 'p': TakePort(value); break;
            case 'o': TakeConfigurationOption(value); break;
            case 'n': StdinNull = true; break;
            case 'f': StdinNull = Background = true; break;
            case 'M': TakeMaster(); break;
            case 'N': TakeSessionType(Engine.Configuration.SessionType.None, "Cannot specify -N with -s/SessionType"); break;
            case 's': TakeSessionType(Engine.Configuration.SessionType.Subsystem, "Cannot specify -s with -N/SessionType"); break;
            case 'T': RequestTty = RequestTtyMode.No; break;
            case 't': TakeTty(); break;
            case 'O': TakeOperation(value); break;
            case 'W': TakeStdioForward(value); break;
            case 'q': Verbosity = Output.Verbosity.Quiet; break;
            case 'v': TakeVerbose(); break;
            case 'C': _settings["Compression"] = "yes"; break;
            case 'k': _unsupported.Remove('K'); break;
            default: _unsupported[letter] = Unsupported(letter); break;
        }
    }

    private static string Unsupported(char letter) => letter switch
    {
        'I' => "PKCS#11 tokens are not supported; use their keys through ssh-agent",
        'K' => "GSSAPI authentication is not supported",
        'w' => "tunnel devices are not supported",
        'y' => "the system log is not supported; -E writes messages to a file",
        _ => "is not supported yet",
    };

    private static string CheckEscape(string value)
    {
        var valid = value is [< '\x80'] || value == "none"
            || (value.Length == 2 && value[0] == '^' && value[1] is >= '@' and <= '\x7f');
        return valid ? value : throw new UsageException($"Bad escape character '{value}'.");
    }

    private void RefuseUnsupported()
    {
        foreach (var (letter, why) in _unsupported) throw new UsageException($"-{letter}: {why}");
    }

    private void TakeUser(string value)
    {
        if (!HasOption("user")) User ??= value;
    }

    private void TakePort(string value)
    {
        if (Port is not null || HasOption("port")) return;
        Port = PortNumber.TryParse(value, out var port) ? port : throw new UsageException($"Bad port '{value}'");
    }

    private void TakeJump(string value)
    {
        if (_settings.ContainsKey("ProxyJump") || HasOption("proxyjump"))
        {
            throw new UsageException(
                "Only a single -J option is permitted (use commas to separate multiple jump hops)");
        }

        if (HasOption("proxycommand")) throw new UsageException("Cannot specify -J with ProxyCommand");
        _settings["ProxyJump"] = value;
    }

    private void TakeMaster()
    {
        ControlMaster ??= Option("controlmaster") is "yes" or "true" ? ControlMasterMode.Yes : null;
        ControlMaster = ControlMaster == ControlMasterMode.Yes ? ControlMasterMode.Ask : ControlMasterMode.Yes;
    }

    private void TakeTty()
    {
        RequestTty ??= Option("requesttty") is "yes" or "true" ? RequestTtyMode.Yes : null;
        RequestTty = RequestTty == RequestTtyMode.Yes ? RequestTtyMode.Force : RequestTtyMode.Yes;
    }

    private void TakeControlPath(string value)
    {
        // A file of that name is still to be had as ./-; the last -S counts.
        OverStandardStreams = value == "-";
        _settings["ControlPath"] = OverStandardStreams ? "none" : value;
    }

    /// <summary>-S - is for a master that does nothing else with its standard streams.</summary>
    private void DemandStandardStreams()
    {
        if (Operation is not null) throw Unfit("with -O; name the control socket of the master that is asked: -S path");
        if (ControlMaster is null) throw Unfit("without -M, for it is a master that speaks it");
        if (Background) throw Unfit("with -f: in the background there is neither");
        if (StdioForward is not null) throw Unfit("with -W, which needs both itself");
        if (StdinNull) throw Unfit("with -n, which leaves nothing to read");
        if (Command is not null || SessionType == Engine.Configuration.SessionType.Subsystem)
        {
            throw Unfit("with a command or subsystem: whoever speaks the protocol opens channels for those");
        }

        SessionType = Engine.Configuration.SessionType.None;
        RequestTty = RequestTtyMode.No;

        static UsageException Unfit(string why) =>
            new($"-S -, the multiplexing protocol on standard input and output, does not go {why}");
    }

    private void TakeSessionType(SessionType type, string conflict)
    {
        if (SessionType is not null && SessionType != type) throw new UsageException(conflict);
        SessionType = type;
        if (type == Engine.Configuration.SessionType.None) RequestTty = RequestTtyMode.No;
    }

    private void TakeStdioForward(string value)
    {
        if (StdioForward is not null) throw new UsageException("stdio forward already specified");
        if (Operation is not null) throw new UsageException("Cannot specify stdio forward with -O");
        StdioForward = Arguments.StdioForward.Parse(value)
            ?? throw new UsageException($"Bad stdio forwarding specification '{value}'");
        SessionType = Engine.Configuration.SessionType.None;
        RequestTty = RequestTtyMode.No;
    }

    private void TakeOperation(string value)
    {
        if (StdioForward is not null) throw new UsageException("Cannot specify multiplexing command with -W");
        if (Operation is not null) throw new UsageException("Multiplexing command already specified");
        var equals = value.IndexOf('=', StringComparison.Ordinal);
        if (equals >= 0) (value, OperationArgument) = (value[..equals], value[(equals + 1)..]);
        if (OperationArgument is not null && value is not ("signal" or "watch" or "lock"))
        {
            throw new UsageException($"-O {value} takes nothing after a '='");
        }

        Operation = value switch
        {
            "check" => ControlOperation.Check,
            "forward" => ControlOperation.Forward,
            "cancel" => ControlOperation.Cancel,
            "exit" => ControlOperation.Exit,
            "stop" => ControlOperation.Stop,
            "proxy" => ControlOperation.Proxy,
            "conninfo" => ControlOperation.ConnectionInfo,
            "channels" => ControlOperation.Channels,
            "sessions" => ControlOperation.Sessions,
            "forwards" => ControlOperation.Forwards,
            "signal" => ControlOperation.Signal,
            "close" => ControlOperation.Close,
            "rename" => ControlOperation.Rename,
            "watch" => ControlOperation.Watch,
            "lock" => ControlOperation.Lock,
            "unlock" => ControlOperation.Unlock,
            _ => throw new UsageException(
                $"-O {value}: there is no such command; it can be check, forward, cancel, exit, stop, conninfo, "
                + "channels, sessions, forwards, signal=NAME, close, rename, watch, lock or unlock"),
        };
    }

    private void TakeVerbose()
    {
        // As in ssh(1): the first -v starts anew, whatever -q said before, and a later one adds to what is set.
        Verbosity = _verbose && Verbosity is { } level
            ? (Verbosity)Math.Min((int)level + 1, (int)Output.Verbosity.Debug3)
            : Output.Verbosity.Debug1;
        _verbose = true;
    }
}
