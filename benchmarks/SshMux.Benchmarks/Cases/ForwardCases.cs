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

    private delegate Stream Connector();

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
                Bulk("OpenSSH's master", lab.OpenSsh, theirs, size, ByteServer.Download),
                Bulk("ours", lab.Ours, ours, size, ByteServer.Download),
            ]));
            cases.Add(new BenchmarkCase($"forward {name}: upload", [Metric.Throughput, Metric.CpuPerGiB],
            [
                Bulk("OpenSSH's master", lab.OpenSsh, theirs, size, ByteServer.Upload),
                Bulk("ours", lab.Ours, ours, size, ByteServer.Upload),
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
            return () => new ProgramStream("ssh", arguments);
        }

        var port = TestSshd.FreePort();
        var spec = option == "-D" ? $"127.0.0.1:{port}" : $"127.0.0.1:{port}:{target}";
        await Command.RunAsync("ssh", master.SshArguments("-O", "forward", option, spec, "host"), cancellationToken);
        return () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Connect(IPAddress.Loopback, port);
            var stream = new NetworkStream(socket, ownsSocket: true);
            if (option == "-D") AskSocks(stream, IPEndPoint.Parse(target));
            return stream;
        };
    }

    /// <summary>SOCKS 5 without a login, to an IPv4 address (RFC 1928).</summary>
    private static void AskSocks(NetworkStream stream, IPEndPoint target)
    {
        stream.Write([5, 1, 0]);
        stream.ReadExactly(new byte[2]);
        stream.Write([5, 1, 0, 1, .. target.Address.GetAddressBytes(), (byte)(target.Port >> 8), (byte)target.Port]);
        stream.ReadExactly(new byte[10]);
    }

    private static Contender Bulk(
        string name,
        MasterProcess master,
        Connector connect,
        long size,
        Action<Stream, long> transfer) => new(name, _ => OwnThread.RunAsync<double[]>(() =>
    {
        using var stream = connect();
        var cpu = master.CpuSeconds;
        var clock = Stopwatch.StartNew();
        transfer(stream, size);
        return [size / clock.Elapsed.TotalSeconds / 1e6, (master.CpuSeconds - cpu) / (size / GiB)];
    }));

    private static Contender PingPong(string name, Connector connect) =>
        new(name, _ => OwnThread.RunAsync<double[]>(() =>
        {
            using var stream = connect();
            ByteServer.AskForEcho(stream);
            return [new Series("", Metric.Milliseconds(), Echo.Times(stream, PingPongs)).Median];
        }));
}
