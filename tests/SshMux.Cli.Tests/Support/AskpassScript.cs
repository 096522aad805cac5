using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests.Support;

/// <summary>A program for SSH_ASKPASS that gives a scripted answer and keeps the questions.</summary>
internal sealed class AskpassScript
{
    private readonly TestFolder _folder;

    public AskpassScript(TestFolder folder, string answer = "yes")
    {
        _folder = folder;
        Answer(answer);
        var path = folder.Write("askpass", $"""
            #!/bin/sh
            printf '%s|%s\n' "$SSH_ASKPASS_PROMPT" "$1" >> {folder.File("asked")}
            . {folder.File("answer")}

            """);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>The environment that has it used instead of a terminal.</summary>
    public Dictionary<string, string> Environment => new()
    {
        ["SSH_ASKPASS"] = _folder.File("askpass"),
        ["SSH_ASKPASS_REQUIRE"] = "force",
    };

    /// <summary>What was asked: the kind of question, a bar, the question; each once.</summary>
    public string[] Asked => File.Exists(_folder.File("asked")) ? File.ReadAllLines(_folder.File("asked")) : [];

    /// <summary>Answers so from now on.</summary>
    public void Answer(string text) => _folder.Write("answer", $"echo '{text}'\n");

    /// <summary>Runs a shell command in place of an answer.</summary>
    public void Run(string command) => _folder.Write("answer", command + "\n");
}
