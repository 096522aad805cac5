using System.Globalization;
using System.Text;

namespace SshMux.Cli.Tests.Support;

/// <summary>Looks for bytes in all that another process of this user can write to: heaps, stacks, buffers.</summary>
internal static class ProcessMemory
{
    private const int ChunkLength = 4 * 1024 * 1024;

    /// <summary>Where the bytes are: for each place the address and the name of the mapping.</summary>
    public static List<string> Find(int process, params IEnumerable<byte[]> patterns)
    {
        var wanted = patterns.ToArray();
        var overlap = wanted.Max(pattern => pattern.Length) - 1;
        var found = new List<string>();
        var buffer = new byte[ChunkLength + overlap];
        using var memory = File.OpenHandle($"/proc/{process}/mem");
        foreach (var line in File.ReadAllLines($"/proc/{process}/maps"))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!words[1].StartsWith("rw", StringComparison.Ordinal)) continue;
            var range = words[0].Split('-').Select(
                word => long.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray();
            for (var start = range[0]; start < range[1]; start += ChunkLength)
            {
                var length = Read(memory, buffer.AsSpan(0, (int)Math.Min(buffer.Length, range[1] - start)), start);
                foreach (var pattern in wanted)
                {
                    for (var at = 0; at < length; at++)
                    {
                        var next = buffer.AsSpan(at, length - at).IndexOf(pattern);
                        if (next < 0) break;
                        at += next;
                        if (at >= ChunkLength) break; // belongs to the next chunk
                        var around = buffer.AsSpan(Math.Max(0, at - 16), Math.Min(48, length - at));
                        found.Add($"{start + at:x} {words.ElementAtOrDefault(5)} {Show(around)}");
                    }
                }
            }
        }

        return found;
    }

    private static int Read(Microsoft.Win32.SafeHandles.SafeFileHandle memory, Span<byte> buffer, long address)
    {
        var length = 0;
        try
        {
            while (length < buffer.Length)
            {
                var count = RandomAccess.Read(memory, buffer[length..], address + length);
                if (count == 0) break;
                length += count;
            }
        }
        catch (IOException)
        {
            // Some mappings (a guard page, one that has just gone) cannot be read.
        }

        return length;
    }

    private static string Show(ReadOnlySpan<byte> bytes) =>
        new([.. Encoding.Latin1.GetString(bytes).Select(c => char.IsAsciiLetterOrDigit(c) ? c : '.')]);
}
