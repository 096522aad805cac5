using System.Runtime.InteropServices;
using SshMux.Benchmarks;
using SshMux.Benchmarks.Cases;
using SshMux.Benchmarks.Lab;
using SshMux.Benchmarks.Measuring;
using SshMux.Engine.Cryptography.Chosen;

BenchmarkOptions options;
try
{
    options = BenchmarkOptions.Parse(args);
}
catch (FormatException e)
{
    await Console.Error.WriteLineAsync($"{e.Message}\n{BenchmarkOptions.Usage}");
    return 2;
}

if (options.Managed) AppContext.SetSwitch(CryptographyProvider.ManagedSwitch, true);
using var interrupted = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
var stop = interrupted.Token;
await using var lab = await BenchmarkLab.StartAsync(Path.GetFullPath(options.SshMux), stop);
BenchmarkCase[] all =
[
    .. LatencyCases.All(lab),
    .. PostQuantumCases.All(lab),
    .. BulkCases.All(lab, options.BulkSize),
    .. await ForwardCases.AllAsync(lab, options.BulkSize / 2, stop),
    .. EchoCases.All(lab),
    .. BulkCases.LongPath(lab, options.BulkSize),
    .. SftpCases.All(lab, options.BulkSize, options.SmallFiles),
    .. SftpCases.LongPath(lab, options.BulkSize / 2),
    .. AllocationCases.All(lab, options.BulkSize),
    .. IdleCases.All(lab),
];
var wanted = all.Where(benchmark => options.Wants(benchmark.Name)).ToList();
if (options.List)
{
    foreach (var benchmark in wanted) Console.WriteLine(benchmark.Name);
    return 0;
}

var machine = $"{Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription}, "
    + $"{RuntimeInformation.FrameworkDescription}, TCP with {await CongestionControlAsync()}";
Console.WriteLine($"{machine}\nmedians; spread: between the quartiles; ratio: to the first line");
var runner = new CaseRunner(options.Samples, Console.IsErrorRedirected ? TextWriter.Null : Console.Error);
List<(BenchmarkCase Case, IReadOnlyList<Series> Results)> results = [];
foreach (var benchmark in wanted)
{
    try
    {
        results.Add((benchmark, await runner.RunAsync(benchmark, stop)));
    }
    catch (OperationCanceledException)
    {
        Console.WriteLine("interrupted");
        return 130;
    }

    Console.Write(Report.Table(benchmark, results[^1].Results));
}

await Report.WriteJsonAsync(options.Json, machine, results);
Console.WriteLine($"\nas JSON: {options.Json}");
return 0;

// How sshd's end of the connection sends: it decides about the slowest keys beside a download.
static async Task<string> CongestionControlAsync() =>
    (await File.ReadAllTextAsync("/proc/sys/net/ipv4/tcp_congestion_control")).Trim();

void Interrupt(PosixSignalContext context)
{
    context.Cancel = true; // the servers and masters are to end, too
    interrupted.Cancel();
}
