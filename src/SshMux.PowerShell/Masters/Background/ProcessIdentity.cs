using System.Globalization;

namespace SshMux.PowerShell.Masters.Background;

/// <summary>A process, told from a later one with the same number by when it was started.</summary>
/// <param name="Id">The process id.</param>
/// <param name="Start">The field <c>starttime</c> of /proc/PID/stat.</param>
internal sealed record ProcessIdentity(int Id, string Start)
{
    private const int StateField = 0;
    private const int StartField = 19;

    /// <summary>This process.</summary>
    public static ProcessIdentity Current => new(Environment.ProcessId, Fields(Environment.ProcessId)[StartField]);

    /// <summary>Whether it has not ended.</summary>
    public bool IsRunning =>
        Fields(Id) is { Length: > StartField } fields
        && fields[StartField] == Start
        && fields[StateField] is not ("Z" or "X");

    /// <summary>Reads what <see cref="ToString"/> gives; null if it is something else.</summary>
    public static ProcessIdentity? Parse(string text) =>
        text.Split(' ') is [var id, var start]
        && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new ProcessIdentity(number, start)
            : null;

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
