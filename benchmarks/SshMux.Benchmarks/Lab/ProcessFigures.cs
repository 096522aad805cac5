using System.Globalization;

namespace SshMux.Benchmarks.Lab;

/// <summary>What the kernel tells of a process.</summary>
internal static class ProcessFigures
{
    // USER_HZ, which /proc counts in, is 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>Processor time so far, in seconds.</summary>
    public static double CpuSeconds(int processId)
    {
        var fields = Fields(processId);
        return (Number(fields[11]) + Number(fields[12])) / TicksPerSecond;
    }

    /// <summary>Resident memory, in KiB.</summary>
    public static double ResidentKiB(int processId) => Status(processId, "VmRSS:");

    /// <summary>How many threads it has.</summary>
    public static double Threads(int processId) => Status(processId, "Threads:");

    /// <summary>The processor time of all processes, and of the processes below one, in ticks.</summary>
    public static (double All, double Ours) Ticks(int root)
    {
        var busy = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(Number).ToArray();

        // All but idle and iowait; guest time is in user time already.
        var all = busy[0] + busy[1] + busy[2] + busy[5] + busy[6] + busy[7];
        return (all, OursBelow(root));
    }

    private static double OursBelow(int root)
    {
        var sum = 0.0;
        Dictionary<int, (int Parent, double Ticks)> processes = [];
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            var name = Path.GetFileName(folder);
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id)) continue;
            try
            {
                // With the time of its children that have ended.
                var fields = Fields(id);
                processes[id] = ((int)Number(fields[1]), fields[11..15].Sum(Number));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }
        }

        foreach (var id in processes.Keys)
        {
            var ancestor = id;
            while (ancestor != root && processes.TryGetValue(ancestor, out var process)) ancestor = process.Parent;
            if (ancestor == root) sum += processes[id].Ticks;
        }

        return sum;
    }

    // After the name in parentheses, which may have spaces: state, parent, ...
    private static string[] Fields(int processId)
    {
        var stat = File.ReadAllText($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static double Status(int processId, string key)
    {
        var line = File.ReadLines($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/status")
            .First(line => line.StartsWith(key, StringComparison.Ordinal));
        return Number(line[key.Length..].Trim().Split(' ')[0]);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
