using SshMux.Cli.Output;
using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.Cli.Arguments;

/// <summary>What <c>-O</c> asks about the sessions and forwards of a master.</summary>
internal sealed record SessionControlRequest
{
    private const string Signal = "SIG";

    /// <summary>What is asked.</summary>
    public ControlOperation Operation { get; private init; }

    /// <summary>The session's number or name; empty: all.</summary>
    public string Session { get; private init; } = "";

    /// <summary>The signal to send, without SIG.</summary>
    public string SignalName { get; private init; } = "";

    /// <summary>The session's new name; empty: none.</summary>
    public string NewName { get; private init; } = "";

    /// <summary>The one flow to show, as it is; null: all of them, as lines for people.</summary>
    public MuxWatchedKind? Flow { get; private init; }

    /// <summary>Reads the command line.</summary>
    /// <exception cref="UsageException">It is not complete, or has too much.</exception>
    public static SessionControlRequest Of(ControlOperation operation, CommandLine line)
    {
        var words = line.Words;
        return operation switch
        {
            ControlOperation.Signal => new()
            {
                Operation = operation,
                SignalName = ReadSignal(line.OperationArgument),
                Session = Demand(words, 1, "-O signal=NAME destination SESSION")[0],
            },
            ControlOperation.Close => new()
            {
                Operation = operation,
                Session = Demand(words, 1, "-O close destination SESSION")[0],
            },
            ControlOperation.Rename => new()
            {
                Operation = operation,
                Session = Demand(words, 2, "-O rename destination SESSION NAME")[0],
                NewName = words[1],
            },
            ControlOperation.Watch => new()
            {
                Operation = operation,
                Session = words.Count == 0 ? "" : Demand(words, 1, "-O watch destination [SESSION]")[0],
                Flow = ReadFlow(line.OperationArgument),
            },
            _ => words.Count == 0
                ? new() { Operation = operation }
                : throw new UsageException("-O sessions and -O forwards take nothing after the destination"),
        };
    }

    private static IReadOnlyList<string> Demand(IReadOnlyList<string> words, int count, string usage) =>
        words.Count == count && words[0].Length > 0
            ? words
            : throw new UsageException($"this needs {(count == 1 ? "one word" : $"{count} words")} after the destination: {usage}");

    private static string ReadSignal(string? text)
    {
        var name = text?.ToUpperInvariant() ?? "";
        if (name.StartsWith(Signal, StringComparison.Ordinal)) name = name[Signal.Length..];
        return name.Length > 0 && name.All(char.IsAsciiLetterOrDigit) && !char.IsAsciiDigit(name[0])
            ? name
            : throw new UsageException("-O signal needs a signal's name: -O signal=TERM destination SESSION");
    }

    private static MuxWatchedKind? ReadFlow(string? text) => text switch
    {
        null => null,
        "input" => MuxWatchedKind.Input,
        "output" => MuxWatchedKind.Output,
        "error" => MuxWatchedKind.Error,
        _ => throw new UsageException($"-O watch={text}: it can be input, output or error"),
    };
}
