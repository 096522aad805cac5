using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SshMux.Benchmarks.Lab;
using SshMux.Benchmarks.Measuring;
using SshMux.Engine.Tests.Support;

namespace SshMux.Benchmarks.Cases;

/// <summary>Local, remote, dynamic and stdio forwards: throughput both ways, and a byte there and back.</summary>
internal static class ForwardCases
{
    private const int PingPongs = 300;
    private const double GiB = 1024 * 1024 * 1024;

    private delegate Task<Stream> Connector(CancellationToken cancellationToken);

    public static async Task<IReadOnlyList<BenchmarkCase>> AllAsync(
        BenchmarkLab lab, long size, CancellationToken cancellationToken)
    {
        var target = $"127.0.0.1:{lab.Bytes.Port}";
        List<BenchmarkCase> cases = [];
        foreach (var (name, option) in new[] { ("-L", "-L"), ("-R", "-R"), ("-D", "-D"), ("-W", "-W") })
        {
            var theirs = await ConnectorAsync(lab.OpenSsh, option, target, cancellationToken);
            var ours = await ConnectorAsync(lab.Ours, option, target, cancellationToken);
            cases.Add(new BenchmarkCase($"forward {name}: download", [Metric.Throughput, Metric.CpuPerGiB],
            [
                Bulk("OpenSSH's master", lab.OpenSsh, theirs, size, ByteServer.DownloadAsync),
                Bulk("ours", lab.Ours, ours, size, ByteServer.DownloadAsync),
            ]));
            cases.Add(new BenchmarkCase($"forward {name}: upload", [Metric.Throughput, Metric.CpuPerGiB],
            [
                Bulk("OpenSSH's master", lab.OpenSsh, theirs, size, ByteServer.UploadAsync),
                Bulk("ours", lab.Ours, ours, size, ByteServer.UploadAsync),
            ]));
            cases.Add(new BenchmarkCase(
                $"forward {name}: one byte there and back",
                Metric.Milliseconds(),
                PingPong("OpenSSH's master", theirs),
                PingPong("ours", ours)));
        }

        return cases;
    }

    private static async Task<Connector> ConnectorAsync(
        MasterProcess master, string option, string target, CancellationToken cancellationToken)
    {
        if (option == "-W")
        {
            var arguments = master.SshArguments("-W", target, "host");
            return _ => Task.FromResult<Stream>(new ProgramStream("ssh", arguments));
        }

        var port = TestSshd.FreePort();
        var spec = option == "-D" ? $"127.0.0.1:{port}" : $"127.0.0.1:{port}:{target}";
        await Command.RunAsync("ssh", master.SshArguments("-O", "forward", option, spec, "host"), cancellationToken);
        return async stop =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, port, stop);
            var stream = new NetworkStream(socket, ownsSocket: true);
            if (option == "-D") await AskSocksAsync(stream, IPEndPoint.Parse(target), stop);
            return stream;
        };
    }

    /// <summary>SOCKS 5 without a login, to an IPv4 address (RFC 1928).</summary>
    private static async Task AskSocksAsync(
        NetworkStream stream, IPEndPoint target, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(new byte[] { 5, 1, 0 }, cancellationToken);
        await stream.ReadExactlyAsync(new byte[2], cancellationToken);
        await stream.WriteAsync(
            (byte[])[5, 1, 0, 1, .. target.Address.GetAddressBytes(), (byte)(target.Port >> 8), (byte)target.Port],
            cancellationToken);
        await stream.ReadExactlyAsync(new byte[10], cancellationToken);
    }

    private static Contender Bulk(
        string name,
        MasterProcess master,
        Connector connect,
        long size,
        Func<Stream, long, CancellationToken, Task> transfer) => new(name, async stop =>
    {
        await using var stream = await connect(stop);
        var cpu = master.CpuSeconds;
        var clock = Stopwatch.StartNew();
        await transfer(stream, size, stop);
        return [size / clock.Elapsed.TotalSeconds / 1e6, (master.CpuSeconds - cpu) / (size / GiB)];
    });

    private static Contender PingPong(string name, Connector connect) => new(name, async stop =>
    {
        await using var stream = await connect(stop);
        await ByteServer.AskForEchoAsync(stream, stop);
        var times = await Echo.TimesAsync(stream, PingPongs, TimeSpan.Zero, stop);
        return [new Series("", Metric.Milliseconds(), times).Median];
    });
}
