using SshMux.Cli.Arguments;
using SshMux.Cli.Output;
using SshMux.Engine;
using SshMux.Engine.Configuration.Forwards;

namespace SshMux.Cli.Commands;

/// <summary>One line of the command line that <c>~C</c> opens, in ssh(1)'s syntax. Pure.</summary>
/// <param name="Operation">What it asks for.</param>
/// <param name="Forward">
/// The forward that is to be opened; of one to be closed only the kind and where it listens.
/// </param>
internal sealed record ForwardCommand(ForwardCommandKind Operation, ForwardSpec? Forward = null)
{
    /// <summary>Reads a line.</summary>
    /// <exception cref="UsageException">What is wrong with it.</exception>
    public static ForwardCommand Parse(string line)
    {
        // As ssh(1): one '-' may stand before the letter, and space around what follows it.
        var rest = line.Trim();
        if (rest.StartsWith('-')) rest = rest[1..];
        if (rest.Length == 0) return new(ForwardCommandKind.None);
        if (rest[0] is 'h' or 'H' or '?') return new(ForwardCommandKind.Help);
        var isClosing = rest[0] == 'K';
        if (isClosing) rest = rest[1..];
        ForwardKind kind = rest.Length == 0 ? 0 : rest[0] switch
        {
            'L' => ForwardKind.Local,
            'R' => ForwardKind.Remote,
            'D' => ForwardKind.Dynamic,
            _ => 0,
        };
        if (kind == 0) throw new UsageException("Invalid command.");
        rest = rest[1..].TrimStart();
        return isClosing
            ? new(ForwardCommandKind.Close, ParseListener(kind, rest))
            : new(ForwardCommandKind.Open, ParseForward(kind, rest));
    }

    private static ForwardSpec ParseForward(ForwardKind kind, string text)
    {
        try
        {
            return kind switch
            {
                ForwardKind.Local => ForwardSpec.ParseLocal(text),
                ForwardKind.Remote => ForwardSpec.ParseRemote(text),
                _ => ForwardSpec.ParseDynamic(text),
            };
        }
        catch (SshException e)
        {
            var side = kind == ForwardKind.Remote ? "remote" : "local";
            throw new UsageException($"Bad {side} forwarding specification: {e.Message}.");
        }
    }

    private static ForwardSpec ParseListener(ForwardKind kind, string text)
    {
        try
        {
            return ForwardSpec.ParseDynamic(text) with { Kind = kind };
        }
        catch (SshException e)
        {
            throw new UsageException($"Bad forwarding close specification: {e.Message}.");
        }
    }
}
