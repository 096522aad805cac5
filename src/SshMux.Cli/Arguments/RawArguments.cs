using System.Globalization;
using SshMux.Engine.Wire;

namespace SshMux.Cli.Arguments;

/// <summary>
/// The command line with its bytes as they are: .NET makes U+FFFD of what is no UTF-8, and a remote file may have such
/// a name. See <see cref="ByteText"/>.
/// </summary>
internal static class RawArguments
{
    private const char Replacement = '\uFFFD';

    /// <summary>Reads it anew if something in it was replaced.</summary>
    /// <param name="arguments">What .NET made of it.</param>
    /// <param name="startedBy">
    /// The process that started this one with its own arguments, by way of .NET, and waits; null: this process's own
    /// are the ones.
    /// </param>
    public static string[] Restore(string[] arguments, int? startedBy)
    {
        if (!Array.Exists(arguments, argument => argument.Contains(Replacement, StringComparison.Ordinal)))
        {
            return arguments;
        }

        try
        {
            var process = startedBy?.ToString(CultureInfo.InvariantCulture) ?? "self";
            return Split(File.ReadAllBytes($"/proc/{process}/cmdline"), arguments);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without /proc it stays as it is.
            return arguments;
        }
    }

    private static string[] Split(ReadOnlySpan<byte> line, string[] arguments)
    {
        List<string> all = [];
        while (!line.IsEmpty)
        {
            var end = line.IndexOf((byte)0);
            all.Add(ByteText.Decode(end < 0 ? line : line[..end]));
            line = end < 0 ? [] : line[(end + 1)..];
        }

        // Before them is the program, or dotnet and the program.
        return all.Count > arguments.Length ? [.. all[^arguments.Length..]] : arguments;
    }
}
