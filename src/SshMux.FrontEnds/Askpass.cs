using SshMux.Engine;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Platform.Processes;

namespace SshMux.FrontEnds;

/// <summary>
/// Asks the user by means of a program with a window, as ssh(1) does: SSH_ASKPASS names it, and SSH_ASKPASS_REQUIRE and
/// DISPLAY say when.
/// </summary>
public static class Askpass
{
    private const int MaxLength = 1024;

    /// <summary>What the environment says of when to use it.</summary>
    public static AskpassUse Use
    {
        get
        {
            var display = IsSet("DISPLAY") || IsSet("WAYLAND_DISPLAY");
            return ProcessEnvironment.Get("SSH_ASKPASS_REQUIRE")?.ToLowerInvariant() switch
            {
                "force" => AskpassUse.Always,
                "prefer" when display => AskpassUse.Always,
                "never" => AskpassUse.Never,
                _ => display ? AskpassUse.WithoutTerminal : AskpassUse.Never,
            };
        }
    }

    /// <summary>
    /// Whether the user allows something; the program is told to show buttons for yes and no (SSH_ASKPASS_PROMPT is
    /// "confirm"). No, if the program may not be used or fails.
    /// </summary>
    public static async Task<bool> AskPermissionAsync(string question, CancellationToken cancellationToken)
    {
        if (Use == AskpassUse.Never) return false;
        var answer = await ReadLineAsync(question, "SSH_ASKPASS_PROMPT=confirm", cancellationToken)
            .ConfigureAwait(false);
        return answer is not null
            && (answer.Length == 0 || new string(answer).Equals("yes", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// Has the program ask, and gives the line that it prints; null if it cannot be run, or the user cancels. The
    /// caller wipes the answer if it is a secret.
    /// </summary>
    public static Task<char[]?> ReadLineAsync(string question, CancellationToken cancellationToken) =>
        ReadLineAsync(question, null, cancellationToken);

    private static async Task<char[]?> ReadLineAsync(
        string question, string? variable, CancellationToken cancellationToken)
    {
        if ((ProcessEnvironment.Get("SSH_ASKPASS") ?? SystemPrograms.Askpass) is not { } program) return null;
        ChildProcess process;
        try
        {
            process = ChildProcess.Start(ChildCommand.For(program, question) with
            {
                IsQuestion = true,
                Output = ChildStream.Pipe,
                Variable = variable,
            });
        }
        catch (SshException)
        {
            // Not installed: then nobody can be asked, which is an answer.
            return null;
        }

        using var reader = process.Output!;
        var line = Pinned.Bytes(MaxLength);
        try
        {
            var length = await ReadAsync(reader, line, cancellationToken).ConfigureAwait(false);
            var exit = await process.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (exit.Status != 0) return null;
            var end = line.AsSpan(0, length).IndexOfAny((byte)'\r', (byte)'\n');
            return Pinned.Characters(line.AsSpan(0, end < 0 ? length : end));
        }
        finally
        {
            Array.Clear(line);
            process.Terminate();
        }
    }

    private static async Task<int> ReadAsync(
        ChildOutput reader, byte[] line, CancellationToken cancellationToken)
    {
        var length = 0;
        while (length < line.Length)
        {
            var count = await reader.ReadAsync(line.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (count == 0) break;
            length += count;
        }

        return length;
    }

    private static bool IsSet(string name) => !string.IsNullOrEmpty(ProcessEnvironment.Get(name));
}
