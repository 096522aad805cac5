namespace SshMux.Engine.Platform.Processes;

/// <summary>What to run as a child process, and what it has as its standard streams.</summary>
internal sealed record ChildCommand
{
    private ChildCommand()
    {
    }

    /// <summary>A command line for the user's shell; null: a program with arguments.</summary>
    public string? Line { get; private init; }

    /// <summary>The program; found on PATH if it is a name without a folder.</summary>
    public string Program { get; private init; } = "";

    /// <summary>The program's arguments, without its name.</summary>
    public IReadOnlyList<string> Arguments { get; private init; } = [];

    /// <summary>Standard input.</summary>
    public ChildStream Input { get; init; }

    /// <summary>Standard output.</summary>
    public ChildStream Output { get; init; }

    /// <summary>Standard error: ours, or nothing.</summary>
    public ChildStream Error { get; init; }

    /// <summary>
    /// Whether the one program of the command line is to be all that runs, so that what ends the child ends that.
    /// </summary>
    public bool ReplacesShell { get; init; }

    /// <summary>
    /// Whether it goes on when the user presses Ctrl-C here, where the system leaves that to who starts a program.
    /// </summary>
    public bool OutlivesInterrupt { get; init; }

    /// <summary>
    /// Whether standard input and output are one socket, over which it can pass a descriptor; they are no pipes then.
    /// </summary>
    public bool PassesDescriptor { get; init; }

    /// <summary>
    /// Whether the arguments are words for people, in which another character may stand for one that the program could
    /// not be given.
    /// </summary>
    public bool IsQuestion { get; init; }

    /// <summary>A variable (NAME=value) that it has beyond, or in place of, this process's; null: none.</summary>
    public string? Variable { get; init; }

    /// <summary>A command line, as the user's shell takes it.</summary>
    public static ChildCommand ForShell(string line) => new() { Line = line };

    /// <summary>A program with its arguments as they are.</summary>
    public static ChildCommand For(string program, params IReadOnlyList<string> arguments) =>
        new() { Program = program, Arguments = arguments };
}
