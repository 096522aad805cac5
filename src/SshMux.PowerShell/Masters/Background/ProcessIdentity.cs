using System.Globalization;
using SshMux.Engine.Platform.Processes;

namespace SshMux.PowerShell.Masters.Background;

/// <summary>
/// The process of a background master, told from a later one with the same number by when it was started.
/// </summary>
/// <param name="Id">The process id.</param>
/// <param name="Start">The field <c>starttime</c> of /proc/PID/stat.</param>
internal sealed record ProcessIdentity(int Id, string Start)
{
    private const int StateField = 0;
    private const int StartField = 19;

    /// <summary>This process.</summary>
    public static ProcessIdentity Current => new(Environment.ProcessId, Fields(Environment.ProcessId)[StartField]);

    /// <summary>
    /// Whether it has not ended. A process that is no background master of this user is another one, whatever a record
    /// says.
    /// </summary>
    public bool IsRunning
    {
        get
        {
            using var process = Find();
            return process is not null;
        }
    }

    /// <summary>Asks it to end; does nothing to any other process.</summary>
    public void Terminate()
    {
        using var process = Find();
        process?.Terminate();
    }

    /// <summary>Reads what <see cref="ToString"/> gives; null if it is something else.</summary>
    public static ProcessIdentity? Parse(string text) =>
        text.Split(' ') is [var id, var start]
        && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new ProcessIdentity(number, start)
            : null;

    private WatchedProcess? Find()
    {
        var process = WatchedProcess.Find(Id);
        if (process is not null
            && Fields(Id) is { Length: > StartField } fields
            && fields[StartField] == Start
            && fields[StateField] is not ("Z" or "X")
            && process.Arguments is { } arguments
            && BackgroundStarter.IsBackgroundMaster(arguments))
        {
            return process;
        }

        process?.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id} {Start}");

    /// <summary>The fields of /proc/PID/stat after the name, which can have spaces and parentheses in it.</summary>
    private static string[] Fields(int id)
    {
        try
        {
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // it has ended
        }
    }
}
