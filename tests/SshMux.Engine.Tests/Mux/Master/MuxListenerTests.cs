using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Proxy;
using SshMux.Engine.Tests.Mux.Client;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Master;

[UnsupportedOSPlatform("windows")]
public class MuxListenerTests
{
    [Fact]
    public async Task The_socket_appears_under_its_name_alone_and_only_for_its_owner()
    {
        using var folder = new TestFolder();
        var accepted = new TaskCompletionSource<Socket>();
        var listener = await StartAsync(folder.File("s"), onClient: accepted.SetResult);
        Assert.Equal([folder.File("s")], Directory.GetFileSystemEntries(folder.Path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.File("s")));

        using var client = await ControlSocket.ConnectAsync(folder.File("s"), default);
        using var server = await accepted.Task;
        await server.SendAsync("hello"u8.ToArray());
        Assert.Equal(5, await client.ReceiveAsync(new byte[5]));
        listener.Stop();
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
        listener.Stop();
    }

    [Fact]
    public async Task Others_cannot_connect()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can be somebody else");
        using var folder = new TestFolder();
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        var listener = await StartAsync(folder.File("s"), onClient: _ => Assert.Fail("somebody got in"));
        var denied = await AsNobodyAsync(folder.File("s"));
        Assert.Contains("Permission denied", denied.ErrorOutput, StringComparison.Ordinal);

        // Even if the mode were wrong, the kernel says who it is.
        File.SetUnixFileMode(folder.File("s"), (UnixFileMode)0b111_111_111);
        var dropped = await AsNobodyAsync(folder.File("s"));
        Assert.Equal("", dropped.Output);
        listener.Stop();

        static Task<ProcessResult> AsNobodyAsync(string path) => ProcessResult.RunAsync(
            "setpriv",
            ["--reuid", "65534", "--regid", "65534", "--clear-groups", "socat", "-u", $"UNIX-CONNECT:{path}", "-"]);
    }

    [Fact]
    public async Task Who_listens_where_another_user_could_put_a_socket_gets_nothing()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can be somebody else");
        using var folder = new TestFolder();
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_111_111);
        var path = folder.File("s");
        var seen = folder.Write("seen", "");
        File.SetUnixFileMode(seen, (UnixFileMode)0b110_110_110);
        using var squatter = Process.Start(
            "setpriv",
            [
                "--reuid", "65534", "--regid", "65534", "--clear-groups", "socat", "-u",
                $"UNIX-LISTEN:{path},mode=777,fork", $"OPEN:{seen},append",
            ]);
        try
        {
            await Eventually.TrueAsync(() => File.Exists(path), "somebody listens");
            foreach (var attempt in (Func<Task>[])
            [
                () => MuxClient.ConnectAsync(path),
                () => MuxProxyTransport.ConnectAsync(path),
                () => StartAsync(path, replaceStale: true),
                () => MuxListener.CheckAsync(path, replaceStale: true, default),
            ])
            {
                var e = await Assert.ThrowsAsync<SshException>(attempt);
                Assert.Equal(SshError.ControlSocketUntrusted, e.Error);
                Assert.Contains(path, e.Message, StringComparison.Ordinal);
                Assert.Contains("(uid 65534)", e.Message, StringComparison.Ordinal);
            }

            await Task.Delay(100, TestContext.Current.CancellationToken);
            Assert.Equal("", File.ReadAllText(seen));
        }
        finally
        {
            squatter.Kill();
            await squatter.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_living_master_is_left_alone()
    {
        using var folder = new TestFolder();
        var path = folder.File("s");
        var first = await StartAsync(path);
        var e = await FailAsync(path, replaceStale: true);
        Assert.Equal(SshError.ControlSocketInUse, e.Error);
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
        (await ControlSocket.ConnectAsync(path, default)).Dispose();
        first.Stop();
    }

    [Fact]
    public async Task A_stale_socket_is_an_error_or_replaced_as_the_caller_wants()
    {
        using var folder = new TestFolder();
        var path = folder.File("s");
        await MuxClientErrorTests.MakeStaleAsync(path);
        Assert.Equal(SshError.ControlSocketStale, (await FailAsync(path, replaceStale: false)).Error);
        Assert.True(File.Exists(path));
        var listener = await StartAsync(path, replaceStale: true);
        (await ControlSocket.ConnectAsync(path, default)).Dispose();
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
        listener.Stop();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_not_a_socket_is_never_removed(bool replaceStale)
    {
        using var folder = new TestFolder();
        var path = folder.Write("s", "precious");
        var e = await FailAsync(path, replaceStale);
        Assert.Equal(SshError.ControlSocketInUse, e.Error);
        Assert.Equal("precious", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task Of_many_who_find_a_stale_socket_one_gets_it_and_serves()
    {
        using var folder = new TestFolder();
        var path = folder.File("s");
        for (var round = 0; round < 20; round++)
        {
            await MuxClientErrorTests.MakeStaleAsync(path);
            var tries = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                try
                {
                    return await StartAsync(path, replaceStale: true);
                }
                catch (SshException e) when (e.Error == SshError.ControlSocketInUse)
                {
                    return null;
                }
            })));
            Assert.Single(tries, listener => listener is not null);
            (await ControlSocket.ConnectAsync(path, default)).Dispose();
            Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
            tries.Single(listener => listener is not null)!.Stop();
            Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
        }
    }

    [Fact]
    public async Task Stopping_removes_only_its_own_socket()
    {
        using var folder = new TestFolder();
        var path = folder.File("s");
        var first = await StartAsync(path);
        File.Move(path, folder.File("moved"));
        var second = await StartAsync(path);
        first.Stop();
        (await ControlSocket.ConnectAsync(path, default)).Dispose();
        second.Stop();
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_path_that_leaves_no_room_for_the_temporary_name_is_refused()
    {
        using var folder = new TestFolder();
        var longest = folder.File(new string('x', 90 - folder.Path.Length - 1));
        (await StartAsync(longest)).Stop();
        Assert.Equal(SshError.ControlPathInvalid, (await FailAsync(longest + "x", false)).Error);
    }

    [Fact]
    public async Task A_missing_folder_is_named()
    {
        using var folder = new TestFolder();
        var e = await FailAsync(folder.File("no/s"), false);
        Assert.Equal(SshError.ControlPathInvalid, e.Error);
        Assert.Contains($"there is no folder {folder.File("no")}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_busy_listener_keeps_all_who_come_at_once()
    {
        using var folder = new TestFolder();
        var count = 0;
        var listener = await StartAsync(folder.File("s"), onClient: socket =>
        {
            Interlocked.Increment(ref count);
            socket.Dispose();
        });
        var clients = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(_ => ControlSocket.ConnectAsync(folder.File("s"), default)));
        await Eventually.TrueAsync(() => Volatile.Read(ref count) == 200, "all are accepted");
        Array.ForEach(clients, client => client.Dispose());
        listener.Stop();
    }

    private static Task<MuxListener> StartAsync(
        string path, bool replaceStale = false, Action<Socket>? onClient = null) =>
        MuxListener.StartAsync(
            path, replaceStale, onClient ?? (socket => socket.Dispose()), NullLogger.Instance, default);

    private static Task<SshException> FailAsync(string path, bool replaceStale) =>
        Assert.ThrowsAsync<SshException>(() => StartAsync(path, replaceStale));
}
