using System.Globalization;
using SshMux.Engine.Wire;

namespace SshMux.PowerShell.Masters.Background;

/// <summary>What the other processes of the user know of a background master: one small file.</summary>
internal sealed record BackgroundRecord
{
    private const int MaxReason = 4096;

    /// <summary>The master's name.</summary>
    public required string Name { get; init; }

    /// <summary>The host, as it was named.</summary>
    public required string HostName { get; init; }

    /// <summary>The user on the server.</summary>
    public required string UserName { get; init; }

    /// <summary>The server's TCP port.</summary>
    public required int Port { get; init; }

    /// <summary>Where it listens.</summary>
    public required string ControlPath { get; init; }

    /// <summary>What makes two logins the same, as a hash.</summary>
    public required string Destination { get; init; }

    /// <summary>When it was opened.</summary>
    public required DateTime Opened { get; init; }

    /// <summary>The process that is the master, told from a later one with its number.</summary>
    public required ProcessIdentity Process { get; init; }

    /// <summary>Why it has ended; null as long as it lives, or if it could not say.</summary>
    public string? EndReason { get; init; }

    /// <summary>Reads what <see cref="Format"/> gives; null if it is something else.</summary>
    public static BackgroundRecord? Parse(IReadOnlyList<string> lines)
    {
        if (lines.Count < 8
            || !int.TryParse(lines[3], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || !DateTime.TryParseExact(
                lines[6], "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var opened)
            || ProcessIdentity.Parse(lines[7]) is not { } process)
        {
            return null;
        }

        return new BackgroundRecord
        {
            Name = Printable.Text(lines[0]),
            HostName = Printable.Text(lines[1]),
            UserName = Printable.Text(lines[2]),
            Port = port,
            ControlPath = lines[4],
            Destination = lines[5],
            Opened = opened.ToLocalTime(),
            Process = process,
            EndReason = lines.Count > 8 ? Printable.Text(lines[8], MaxReason) : null,
        };
    }

    /// <summary>The file's lines.</summary>
    public IReadOnlyList<string> Format()
    {
        List<string> lines =
        [
            Name,
            HostName,
            UserName,
            Port.ToString(CultureInfo.InvariantCulture),
            ControlPath,
            Destination,
            Opened.ToUniversalTime().ToString("o", CultureInfo.InvariantCulture),
            Process.ToString(),
        ];
        if (EndReason is not null) lines.Add(EndReason);
        return [.. lines.Select(line => line.ReplaceLineEndings(" "))];
    }
}
