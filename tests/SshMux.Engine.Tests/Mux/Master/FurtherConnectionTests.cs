using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Master;

/// <summary>Masters that log in again when sshd allows no more sessions (SshMuxOverflow connect).</summary>
public sealed partial class FurtherConnectionTests : IDisposable
{
    private readonly ListLogger _log = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task So_many_further_logins_are_made_and_then_sessions_wait()
    {
        await using var sshd = await MuxSshd.StartAsync("MaxSessions 2");
        await using var master = await StartAsync(sshd, 2);
        var sessions = master.Master.Shared;
        var six = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => sessions.StartAsync(
            new SessionRequest { Command = "echo $PPID; cat" }, Stop)));
        var servers = await Task.WhenAll(six.Select(
            process => new StreamReader(process.StandardOutput).ReadLineAsync(Stop).AsTask()));
        Assert.All(servers.GroupBy(server => server), server => Assert.Equal(2, server.Count()));
        Assert.Equal(3, Logins(sshd));
        var seventh = sessions.StartAsync(new SessionRequest { Command = "exit 3" }, Stop);
        var told = await master.SshAsync("-O", "check", "x");
        Assert.Equal(0, told.ExitCode);
        Assert.False(seventh.IsCompleted);
        Assert.Contains("Over further connection 2:", sessions.DescribeChannels(), StringComparison.Ordinal);

        await six[^1].DisposeAsync();
        await using var last = await seventh;
        Assert.Equal(3u, (await last.Exit).Status);
        foreach (var process in six[..^1])
        {
            await process.StandardInput.DisposeAsync();
            Assert.Equal(0u, (await process.Exit).Status);
        }

        Assert.Equal(3, Logins(sshd));
        await master.Master.DisposeAsync();
        await Eventually.TrueAsync(
            () => servers.All(server => !Directory.Exists($"/proc/{server}")), "all logins have ended");
    }

    [Fact]
    public async Task The_systems_ssh_runs_on_them_too()
    {
        await using var sshd = await MuxSshd.StartAsync("MaxSessions 2");
        await using var master = await StartAsync(sshd, 1);
        var clients = Enumerable.Range(0, 4).Select(_ => StartSsh(master)).ToArray();
        foreach (var client in clients) Assert.Equal("up", await client.StandardOutput.ReadLineAsync(Stop));
        Assert.Equal(2, Logins(sshd));
        foreach (var client in clients)
        {
            client.StandardInput.Close();
            await client.WaitForExitAsync(Stop);
            Assert.Equal((3, ""), (client.ExitCode, await client.StandardError.ReadToEndAsync(Stop)));
            client.Dispose();
        }

        await master.ExpectNothingLeftAsync();
    }

    [Fact]
    public async Task The_end_of_one_is_the_end_of_its_own_sessions_alone()
    {
        await using var sshd = await MuxSshd.StartAsync("MaxSessions 1");
        await using var master = await StartAsync(sshd, 2);
        await using var first = await CatAsync(master);
        var second = await master.Master.Shared.StartAsync(
            new SessionRequest { Command = $"echo $PPID; {TestSshd.RunUntilDisconnected}" }, Stop);
        using var lines = new StreamReader(second.StandardOutput);
        using var server = Process.GetProcessById(
            int.Parse((await lines.ReadLineAsync(Stop))!, CultureInfo.InvariantCulture));
        server.Kill();
        var e = await Assert.ThrowsAsync<SshException>(() => second.Exit);
        Assert.Equal(SshError.ConnectionLost, e.Error);

        // The login that has ended makes room for another one.
        await using var third = await CatAsync(master);
        await third.StandardInput.DisposeAsync();
        Assert.Equal(0u, (await third.Exit).Status);
        await first.StandardInput.DisposeAsync();
        Assert.Equal(0u, (await first.Exit).Status);
        Assert.Contains(_log.Lines, line => line.StartsWith("a further connection has ended: ", StringComparison.Ordinal));
        Assert.False(master.Ended.IsCompleted);
    }

    [Fact]
    public async Task The_end_of_the_first_is_the_end_of_all()
    {
        await using var sshd = await MuxSshd.StartAsync("MaxSessions 1");
        await using var master = await StartAsync(sshd, 1);
        await using var first = await CatAsync(master);
        await using var second = await master.Master.Shared.StartAsync(
            new SessionRequest { Command = $"echo $PPID; {TestSshd.RunUntilDisconnected}" }, Stop);
        using var lines = new StreamReader(second.StandardOutput);
        var server = await lines.ReadLineAsync(Stop);
        master.Master.Connection.Close(new SshException(SshError.ConnectionLost, "gone"));
        foreach (var process in new[] { first, second })
        {
            Assert.Equal("gone", (await Assert.ThrowsAsync<SshException>(() => process.Exit)).Message);
        }

        await master.Ended.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{server}"), "the further login has ended, too");
    }

    [Fact]
    public async Task A_login_that_needs_the_user_is_tried_once_and_sessions_wait()
    {
        await using var sshd = await MuxSshd.StartAsync("MaxSessions 1");
        await using var master = await StartAsync(sshd, 3);
        var running = await CatAsync(master);
        File.WriteAllText(sshd.AuthorizedKeys, "");
        var next = Enumerable.Range(0, 3)
            .Select(i => master.Master.Shared.StartAsync(new SessionRequest { Command = $"exit {i}" }, Stop)).ToArray();
        await Eventually.TrueAsync(
            () => _log.Lines.Any(line => line.StartsWith(
                "no further connection can be made without asking the user, so sessions wait for their turn from now on: ",
                StringComparison.Ordinal)),
            "it is said");
        Assert.All(next, starting => Assert.False(starting.IsCompleted));
        await running.DisposeAsync();
        for (var i = 0; i < 3; i++)
        {
            await using var process = await next[i];
            Assert.Equal((uint)i, (await process.Exit).Status);
        }

        Assert.Equal(1, Logins(sshd));
        Assert.Single(_log.Lines, line => line.StartsWith("no further connection", StringComparison.Ordinal));
    }

    private Task<OurMaster> StartAsync(TestSshd sshd, int most) => OurMaster.StartAsync(sshd, new MuxMasterOptions
    {
        Overflow = new SessionOverflow(SessionOverflowMode.Connect, TimeSpan.FromSeconds(60), most),
        LogInAgain = stop => OurMaster.ConnectAsync(sshd, stop),
        Logger = _log,
    });

    private static Task<RemoteProcess> CatAsync(OurMaster master) =>
        master.Master.Shared.StartAsync(new SessionRequest { Command = "cat" }, Stop);

    private static Process StartSsh(OurMaster master) => Process.Start(
        new ProcessStartInfo("ssh", [.. master.SshOptions, "x", "echo up; cat; exit 3"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    private static int Logins(TestSshd sshd) => Login().Count(sshd.Log);

    [GeneratedRegex("Accepted publickey")]
    private static partial Regex Login();
}
