using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>Many clients at once on one master process, and clients that die.</summary>
public class LoadTests
{
    [Fact]
    public async Task Fifty_clients_move_20_MB_both_ways_at_once_and_every_byte_arrives()
    {
        await using var sshd = await TestSshd.StartAsync();
        await using var master = await TestMaster.StartAsync(Peer.SshMux, sshd);
        var data = RandomNumberGenerator.GetBytes(20_000_000);
        await File.WriteAllBytesAsync(master.Folder.File("in"), data, TestContext.Current.CancellationToken);
        var expected = Convert.ToHexStringLower(SHA256.HashData(data));

        var result = await ProcessResult.RunAsync("bash", ["-c", $$"""
            cd {{master.Folder.Path}}
            for i in $(seq 50); do
              (ssh -F none -S m -o ProxyCommand=false x cat < in | sha256sum > sum.$i; echo "${PIPESTATUS[0]}" > status.$i) &
            done
            wait
            cat sum.* | sort | uniq -c
            cat status.* | sort | uniq -c
            """], timeoutSeconds: 300);

        Assert.Equal(
            ["50", expected, "-", "50", "0"],
            result.Output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("", result.ErrorOutput);
    }

    [Fact]
    public async Task A_client_killed_in_the_middle_leaves_the_others_and_the_master_well_and_nothing_behind()
    {
        await using var sshd = await TestSshd.StartAsync();
        await using var master = await TestMaster.StartAsync(Peer.SshMux, sshd);
        await KillBusyClientsAsync(master);
        var descriptors = await SteadyDescriptorsAsync(master.Process); // whatever is made once has been made

        for (var round = 0; round < 2; round++)
        {
            var survivor = ClientAsync(master, "cat; sleep 1; echo alive");
            await KillBusyClientsAsync(master);
            Assert.Equal((0, "alive\n"), await survivor);
            Assert.Equal((0, "ok\n"), await ClientAsync(master, "echo ok"));
        }

        await Wait.UntilAsync(
            () => Descriptors(master.Process) <= descriptors,
            $"the master has {descriptors} descriptors again: those of the killed clients are gone");
    }

    [Fact]
    public async Task Three_hundred_sessions_take_no_more_threads_than_three()
    {
        await using var sshd = await TestSshd.StartAsync();
        await using var master = await TestMaster.StartAsync(Peer.SshMux, sshd);
        var sessions = new List<RemoteProcess>();
        try
        {
            await OpenAsync(3);
            await EchoAsync(sessions);
            var few = Threads(master.Process);

            await OpenAsync(297);
            await EchoAsync(sessions);

            // The thread pool takes some more while it is busy, and lets them go when it has been idle for 20 s.
            await Wait.UntilAsync(
                () => Threads(master.Process) <= few, $"300 sessions have no more than {few} threads", seconds: 60);
        }
        finally
        {
            foreach (var session in sessions) await session.DisposeAsync();
        }

        async Task OpenAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var client = await MuxClient.ConnectAsync(master.ControlPath, TestContext.Current.CancellationToken);
                sessions.Add(await client.StartAsync(
                    new SessionRequest { Command = "cat" }, TestContext.Current.CancellationToken));
            }
        }
    }

    /// <summary>Five clients, busy both ways when they die, with programs that go on.</summary>
    private static async Task KillBusyClientsAsync(TestMaster master)
    {
        var descriptors = Descriptors(master.Process);
        var victims = new List<Process>();
        for (var i = 0; i < 5; i++)
        {
            victims.Add(Process.Start("bash", [
                "-c",
                $"exec ssh -F none -S {master.ControlPath} -o ProxyCommand=false x"
                    + $" 'cat; {TestSshd.RunUntilDisconnected}' < /dev/zero > /dev/null"]));
        }

        await Wait.UntilAsync(() => Descriptors(master.Process) > descriptors + 10, "the clients' descriptors are there");
        foreach (var victim in victims)
        {
            victim.Kill();
            victim.Dispose();
        }
    }

    private static async Task EchoAsync(List<RemoteProcess> sessions)
    {
        var line = "hello\n"u8.ToArray();
        await Task.WhenAll(sessions.Select(async session =>
        {
            var buffer = new byte[line.Length];
            await session.StandardInput.WriteAsync(line);
            await session.StandardInput.FlushAsync();
            await session.StandardOutput.ReadExactlyAsync(buffer);
            Assert.Equal(line, buffer);
        }));
    }

    private static async Task<(int ExitCode, string Output)> ClientAsync(TestMaster master, string command)
    {
        var result = await ProcessResult.RunAsync(
            "ssh", ["-F", "none", "-S", master.ControlPath, "-o", "ProxyCommand=false", "x", command]);
        return (result.ExitCode, result.Output);
    }

    /// <summary>
    /// How many descriptors the master has open, without the files of the .NET runtime: it opens an assembly when it
    /// first needs it, such as the ones that describe the first exception of a socket, and keeps it open.
    /// </summary>
    private static int Descriptors(Process process) =>
        new DirectoryInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/fd"))
            .EnumerateFileSystemInfos()
            .Count(descriptor => Path.GetExtension(descriptor.LinkTarget) is not (".dll" or ".pdb"));

    private static int Threads(Process process) =>
        Directory.GetDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/task")).Length;

    /// <summary>The number of descriptors when the last client has gone for good.</summary>
    private static async Task<int> SteadyDescriptorsAsync(Process process)
    {
        var count = Descriptors(process);
        for (var same = 0; same < 50; same++)
        {
            await Task.Delay(20);
            var now = Descriptors(process);
            if (now == count) continue;
            (count, same) = (now, 0);
        }

        return count;
    }
}
