using System.Collections;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Platform.Processes;

/// <summary>
/// The environment with its bytes as they are: .NET makes U+FFFD of what is no UTF-8, and a path or a value of
/// an old locale may have such bytes. See <see cref="ByteText"/>.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static class UnixEnvironment
{
    private const char Replacement = '\uFFFD';

    private static Dictionary<string, string>? _exact;

    /// <summary>
    /// Takes the bytes from another process, which started this one with its own environment by way of .NET, and waits.
    /// </summary>
    public static void RestoreFrom(int processId)
    {
        if (All().Any(variable => variable.Value.Contains(Replacement, StringComparison.Ordinal)))
        {
            _exact = Read(processId.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The value of a variable; null if there is none.</summary>
    internal static string? Get(string name) =>
        Environment.GetEnvironmentVariable(name) is { } value ? Restore($"{name}={value}")[(name.Length + 1)..] : null;

    /// <summary>All variables.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> All()
    {
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            var line = Restore($"{entry.Key}={entry.Value}");
            var equals = line.IndexOf('=', 1);
            yield return new(line[..equals], line[(equals + 1)..]);
        }
    }

    /// <summary>
    /// A line as the process was started with it, if .NET replaced something in it; what was set since then is .NET's own
    /// text, and is in no such line.
    /// </summary>
    private static string Restore(string line)
    {
        if (!line.Contains(Replacement, StringComparison.Ordinal)) return line;
        _exact ??= Read("self");
        return _exact.GetValueOrDefault(line, line);
    }

    /// <summary>The lines of a process that are no UTF-8, by what .NET makes of them.</summary>
    private static Dictionary<string, string> Read(string process)
    {
        Dictionary<string, string> lines = [];
        try
        {
            ReadOnlySpan<byte> content = File.ReadAllBytes($"/proc/{process}/environ");
            foreach (var range in content.Split((byte)0))
            {
                var line = content[range];
                var replaced = Encoding.UTF8.GetString(line);
                if (replaced.Contains(Replacement, StringComparison.Ordinal)) lines[replaced] = ByteText.Decode(line);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without /proc it stays as it is.
        }

        return lines;
    }
}
