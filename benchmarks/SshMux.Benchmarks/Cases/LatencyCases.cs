using System.Diagnostics;
using SshMux.Benchmarks.Lab;
using SshMux.Benchmarks.Measuring;
using SshMux.Engine.Channels;
using SshMux.Engine.Streams;

namespace SshMux.Benchmarks.Cases;

/// <summary>One command after another, many at once, and the login.</summary>
internal static class LatencyCases
{
    private const int InARow = 20;
    private const int InFlight = 50;
    private const int Waves = 4;

    private static readonly SessionRequest True = new() { Command = "true" };

    public static IEnumerable<BenchmarkCase> All(BenchmarkLab lab)
    {
        yield return new BenchmarkCase(
            "latency: a command (true)",
            Metric.Milliseconds(),
            InTurn("ssh -S on OpenSSH's master", stop => SshAsync(lab.OpenSsh, stop)),
            InTurn("ssh -S on ours", stop => SshAsync(lab.Ours, stop)),
            InTurn("sshmux -S on ours", stop => SshAsync(lab.Ours, stop, lab.SshMux)),
            InTurn("bare client on OpenSSH's master", stop => BareAsync(lab.OpenSsh, stop)),
            InTurn("bare client on ours", stop => BareAsync(lab.Ours, stop)),
            InTurn("in process", stop => InProcessAsync(lab, stop)),
            InTurn("SSH.NET", _ => SshNetAsync(lab)));
        yield return new BenchmarkCase(
            "latency: a command over a path of 50 ms",
            Metric.Milliseconds(),
            OverLongPath("bare client on OpenSSH's master", lab, "ssh"),
            OverLongPath("bare client on ours", lab, lab.SshMux),
            OverLongPath("bare client on ours, SshMuxPrewarm=2", lab, lab.SshMux, "-o", "SshMuxPrewarm=2"));
        yield return new BenchmarkCase(
            "latency: a command by a fresh login",
            Metric.Milliseconds(),
            new Contender("ssh", async stop => [await MedianAsync(
                () => Command.RunAsync("ssh", ["-F", lab.Config, "host", "true"], stop), 3)]),
            new Contender("sshmux", async stop => [await MedianAsync(
                () => Command.RunAsync(lab.SshMux, ["-F", lab.Config, "host", "true"], stop), 3)]));
        yield return new BenchmarkCase(
            $"{InFlight} commands in flight",
            new Metric("", "commands/s", HigherIsBetter: true),
            AtOnce("bare client on OpenSSH's master", stop => BareAsync(lab.OpenSsh, stop)),
            AtOnce("bare client on ours", stop => BareAsync(lab.Ours, stop)),
            AtOnce("in process", stop => InProcessAsync(lab, stop)),
            AtOnce("ssh -S on OpenSSH's master", stop => SshAsync(lab.OpenSsh, stop)),
            AtOnce("ssh -S on ours", stop => SshAsync(lab.Ours, stop)),
            AtOnce("SSH.NET, a thread for each", _ => SshNetAsync(lab)));
        yield return new BenchmarkCase(
            "connect: until authenticated",
            Metric.Milliseconds(),
            Login("ssh", "ssh", lab.Config),
            Login("sshmux", lab.SshMux, lab.Config),
            InProcessLogin(lab.Config),
            SshNetLogin(lab));
    }

    /// <summary>From the start of the program to its word that it is logged in.</summary>
    public static Contender Login(string name, string program, string config) =>
        new(name, async stop => [await AuthenticatedAsync(program, config, stop)]);

    /// <summary>From the configuration to the login.</summary>
    public static Contender InProcessLogin(string config) => new("in process", async stop =>
    {
        var configuration = await BenchmarkLab.LoadAsync(config, stop);
        var clock = Stopwatch.StartNew();
        await using var connection = await BenchmarkLab.ConnectAsync(configuration, stop);
        return [clock.Elapsed.TotalMilliseconds];
    });

    private static Contender InTurn(string name, Func<CancellationToken, Task> run) =>
        new(name, async stop => [await MedianAsync(() => run(stop), InARow)]);

    private static Contender OverLongPath(string name, BenchmarkLab lab, string program, params string[] options) =>
        new(name, async stop =>
        {
            using var path = new LongPath(lab);
            await using var master = await path.StartMasterAsync(program, stop, options);

            // What is opened in advance is there when somebody comes.
            await Task.Delay(TimeSpan.FromMilliseconds(200), stop);
            return [await MedianAsync(() => BareAsync(master, stop), 5)];
        });

    private static Contender AtOnce(string name, Func<CancellationToken, Task> run) => new(name, async stop =>
    {
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(_ => Task.Run(
            async () =>
            {
                for (var i = 0; i < Waves; i++) await run(stop);
            },
            stop)));
        return [InFlight * Waves / clock.Elapsed.TotalSeconds];
    });

    private static async Task<double> MedianAsync(Func<Task> run, int count)
    {
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var clock = Stopwatch.StartNew();
            await run();
            times[i] = clock.Elapsed.TotalMilliseconds;
        }

        return new Series("", Metric.Milliseconds(), times).Median;
    }

    private static Task SshAsync(MasterProcess master, CancellationToken cancellationToken, string program = "ssh") =>
        Command.RunAsync(program, master.SshArguments("host", "true"), cancellationToken);

    private static async Task BareAsync(MasterProcess master, CancellationToken cancellationToken)
    {
        if (await BareMuxClient.RunAsync(master.ControlPath, "true", cancellationToken) != 0)
        {
            throw new InvalidOperationException("true failed");
        }
    }

    private static async Task InProcessAsync(BenchmarkLab lab, CancellationToken cancellationToken)
    {
        await using var process = await lab.InProcess.StartAsync(True, cancellationToken);
        var exit = await process.Exit;
        if (exit.Status != 0) throw new InvalidOperationException("true failed");
    }

    private static Task SshNetAsync(BenchmarkLab lab) => OwnThread.RunAsync(() => lab.SshNet.Run(True.Command!));

    private static async Task<double> AuthenticatedAsync(
        string program, string config, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, ["-v", "-F", config, "-N", "host"])
        {
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        while (await process.StandardError.ReadLineAsync(cancellationToken) is { } line)
        {
            if (!line.Contains("uthenticated to", StringComparison.Ordinal)) continue;
            var time = clock.Elapsed.TotalMilliseconds;
            process.Kill();
            await process.WaitForExitAsync(cancellationToken);
            return time;
        }

        throw new InvalidOperationException($"{program} did not log in");
    }

    private static Contender SshNetLogin(BenchmarkLab lab) => new("SSH.NET", _ => OwnThread.RunAsync(() =>
    {
        double[] time = [];
        var clock = Stopwatch.StartNew();
        SshNet.Login(lab.Sshd, () => time = [clock.Elapsed.TotalMilliseconds]);
        return time;
    }));
}
