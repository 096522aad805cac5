using System.Globalization;

namespace SshMux.Benchmarks;

/// <summary>The command line.</summary>
internal sealed record BenchmarkOptions
{
    public const string Usage = """
        usage: benchmarks [--quick] [--samples N] [--only TEXT]... [--json FILE] [--sshmux PATH] [--managed] [--list]
          --quick      an eighth of the data and 3 samples: minutes instead of the better part of an hour
          --samples N  so many samples of each contender (5)
          --only TEXT  only cases whose name has the text in it; may be given again
          --json FILE  write the results there, too (out/benchmarks.json)
          --sshmux     our command (out/bin/sshmux)
          --managed    cryptography without libcrypto in this process, as on Windows: for "in process"
          --list       only list the cases
        """;

    public bool Quick { get; init; }

    public int Samples { get; init; } = 5;

    public IReadOnlyList<string> Only { get; init; } = [];

    public string Json { get; init; } = "out/benchmarks.json";

    public string SshMux { get; init; } = "out/bin/sshmux";

    public bool List { get; init; }

    /// <summary>Whether this process computes as where there is no libcrypto.</summary>
    public bool Managed { get; init; }

    /// <summary>How much a bulk transfer moves, in bytes.</summary>
    public long BulkSize => (Quick ? 256L : 2048L) * 1024 * 1024;

    public int SmallFiles => Quick ? 1000 : 10_000;

    /// <exception cref="FormatException">An argument is not one of those of <see cref="Usage"/>.</exception>
    public static BenchmarkOptions Parse(IEnumerable<string> arguments)
    {
        var options = new BenchmarkOptions();
        using var words = arguments.GetEnumerator();
        while (words.MoveNext())
        {
            options = words.Current switch
            {
                "--quick" => options with { Quick = true, Samples = 3 },
                "--samples" => options with { Samples = int.Parse(Value(), CultureInfo.InvariantCulture) },
                "--only" => options with { Only = [.. options.Only, Value()] },
                "--json" => options with { Json = Value() },
                "--sshmux" => options with { SshMux = Value() },
                "--managed" => options with { Managed = true },
                "--list" => options with { List = true },
                var other => throw new FormatException($"what is '{other}'?"),
            };
        }

        return options;

        string Value() => words.MoveNext() ? words.Current : throw new FormatException("a value is missing at the end");
    }

    public bool Wants(string name) =>
        Only.Count == 0 || Only.Any(text => name.Contains(text, StringComparison.OrdinalIgnoreCase));
}
