using SshMux.Engine.Configuration.SshConfig.Syntax;

namespace SshMux.Engine.Configuration.SshConfig.Values;

/// <summary>Values that are one of a few words, which are read without regard to case.</summary>
internal static class Choices
{
    /// <summary>yes or no.</summary>
    public static readonly ValueReader Flag = Of("yes:yes,true no:no,false");

    /// <summary>AddressFamily.</summary>
    public static readonly ValueReader AddressFamily = Of("inet:inet inet6:inet6 any:any");

    /// <summary>CanonicalizeHostname.</summary>
    public static readonly ValueReader CanonicalizeHostname = Of("true:true,yes false:false,no always:always");

    /// <summary>Compression, which takes neither true nor false.</summary>
    public static readonly ValueReader Compression = Of("yes:yes no:no");

    /// <summary>ControlMaster.</summary>
    public static readonly ValueReader ControlMaster =
        Of("true:true,yes false:false,no auto:auto ask:ask autoask:autoask");

    /// <summary>PubkeyAuthentication.</summary>
    public static readonly ValueReader PubkeyAuthentication =
        Of("true:true,yes false:false,no unbound:unbound host-bound:host-bound");

    /// <summary>RequestTTY.</summary>
    public static readonly ValueReader RequestTty = Of("true:true,yes false:false,no force:force auto:auto");

    /// <summary>SessionType.</summary>
    public static readonly ValueReader SessionType = Of("none:none subsystem:subsystem default:default");

    /// <summary>StrictHostKeyChecking.</summary>
    public static readonly ValueReader StrictHostKeyChecking =
        Of("true:true,yes false:false,no,off ask:ask accept-new:accept-new");

    /// <summary>TCPKeepAlive.</summary>
    public static readonly ValueReader TcpKeepAlive = Of("true:true,yes,transport false:false,no all:all");

    /// <summary>Tunnel.</summary>
    public static readonly ValueReader Tunnel =
        Of("ethernet:ethernet point-to-point:point-to-point,true,yes false:false,no");

    /// <summary>WarnWeakCrypto; the one thing that can be named says the same as no.</summary>
    public static readonly ValueReader WarnWeakCrypto = Of("yes:yes,true no:no,false,no-pq-kex");

    /// <summary>VerifyHostKeyDNS and UpdateHostKeys.</summary>
    public static readonly ValueReader YesNoAsk = Of("true:true,yes false:false,no ask:ask");

    /// <summary>FingerprintHash.</summary>
    public static IReadOnlyList<string>? FingerprintHash(Arguments arguments)
    {
        var word = arguments.Demand();
        var name = word.ToUpperInvariant();
        return name is "MD5" or "SHA1" or "SHA256" or "SHA384" or "SHA512"
            ? [name]
            : throw new SettingProblem($"Invalid hash algorithm \"{word}\".");
    }

    /// <summary>LogLevel.</summary>
    public static IReadOnlyList<string>? LogLevel(Arguments arguments)
    {
        var word = arguments.Next();
        var name = word?.ToUpperInvariant();
        return name switch
        {
            "QUIET" => ["SILENT"],
            "FATAL" or "ERROR" or "INFO" or "VERBOSE" or "DEBUG2" or "DEBUG3" => [name],
            "DEBUG" or "DEBUG1" => ["DEBUG"],
            _ => throw new SettingProblem(
                $"unsupported log level '{word ?? "<NONE>"}'; it can be QUIET, FATAL, ERROR, INFO, VERBOSE, DEBUG, "
                + "DEBUG2 or DEBUG3"),
        };
    }

    /// <summary>SyslogFacility.</summary>
    public static IReadOnlyList<string>? SyslogFacility(Arguments arguments)
    {
        var word = arguments.Next();
        var name = word?.ToUpperInvariant();
        return name is "DAEMON" or "USER" or "AUTH" or "AUTHPRIV" or ['L', 'O', 'C', 'A', 'L', >= '0' and <= '7']
            ? [name]
            : throw new SettingProblem($"unsupported log facility '{word ?? "<NONE>"}'");
    }

    /// <summary>
    /// A reader of choices: <c>printed:word,word</c> and a space between two. What is printed is one list for all uses.
    /// </summary>
    private static ValueReader Of(string choices)
    {
        var words = new Dictionary<string, IReadOnlyList<string>>(StringComparer.OrdinalIgnoreCase);
        foreach (var choice in choices.Split(' '))
        {
            var colon = choice.IndexOf(':', StringComparison.Ordinal);
            string[] printed = [choice[..colon]];
            foreach (var word in choice[(colon + 1)..].Split(',')) words.Add(word, printed);
        }

        return arguments =>
        {
            var word = arguments.Demand("missing argument.");
            return words.TryGetValue(word, out var printed)
                ? printed
                : throw new SettingProblem(
                    $"unsupported option \"{word}\"; it can be {string.Join(", ", words.Keys)}");
        };
    }
}
