using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests.Support;

/// <summary>
/// A server that is not OpenSSH's, on a random loopback port with throwaway keys, for the user who runs the tests.
/// Servers that look into the user's home folder are shown another one by nss_wrapper.
/// </summary>
internal sealed class OtherServer : IAsyncDisposable
{
    private readonly TestFolder _folder;
    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private OtherServer(TestFolder folder, Process process, int port, string extraSettings)
    {
        _folder = folder;
        _process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_log) _log.AppendLine(line.Data);
        };
        process.BeginErrorReadLine();
        folder.Write("known_hosts", string.Concat(Directory.GetFiles(folder.Path, "host_*.pub")
            .Select(file => $"[127.0.0.1]:{port} {File.ReadAllText(file)}")));
        folder.Write("ssh_config", $"""
            Host *
              HostName 127.0.0.1
              Port {port}
              User {Environment.UserName}
              {extraSettings}
              IdentityFile {folder.File("user_key")}
              IdentitiesOnly yes
              IdentityAgent none
              UserKnownHostsFile {folder.File("known_hosts")}
              GlobalKnownHostsFile /dev/null
              StrictHostKeyChecking yes

            """);
    }

    /// <summary>An ssh_config(5) file that logs in without questions.</summary>
    public string SshConfig => _folder.File("ssh_config");

    /// <summary>What the server logged so far.</summary>
    public string Log
    {
        get { lock (_log) return _log.ToString(); }
    }

    /// <summary>
    /// A folder with a user key, a home folder that admits it, and what nss_wrapper needs to show that home.
    /// </summary>
    /// <param name="host">The types of the host keys that ssh-keygen makes: host_TYPE, host_TYPE.pub.</param>
    /// <param name="parent">The folder around it, if the server does not trust the temporary folder.</param>
    public static async Task<TestFolder> PrepareAsync(string[] host, string? parent = null)
    {
        var folder = new TestFolder(parent);
        foreach (var type in host) await TestSshd.KeygenAsync(folder.File($"host_{type}"), type);
        await TestSshd.KeygenAsync(folder.File("user_key"), "ed25519");
        var home = Directory.CreateDirectory(folder.File("home"), UserOnly);
        Directory.CreateDirectory(Path.Combine(home.FullName, ".ssh"), UserOnly);
        File.Copy(folder.File("user_key.pub"), Path.Combine(home.FullName, ".ssh", "authorized_keys"));
        var ids = (await ProcessResult.RunAsync("sh", ["-c", "echo $(id -u):$(id -g)"])).Output.TrimEnd();
        folder.Write("passwd", $"{Environment.UserName}:x:{ids}:test:{home.FullName}:/bin/sh\n");
        folder.Write("group", $"{Environment.UserName}:x:{ids.Split(':')[1]}:\n");
        return folder;
    }

    /// <summary>Starts the server on a free port and waits until it listens; owns the folder from then on.</summary>
    /// <param name="folder">What <see cref="PrepareAsync"/> made.</param>
    /// <param name="command">The program and its arguments for a port.</param>
    /// <param name="settings">Lines of ssh_config(5) for those who log in.</param>
    public static async Task<OtherServer> StartAsync(TestFolder folder, Func<int, string[]> command, string settings)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = TestSshd.FreePort();
            var arguments = command(port);
            var start = new ProcessStartInfo(arguments[0])
            {
                RedirectStandardInput = true,
                RedirectStandardError = true,
            };
            foreach (var argument in arguments[1..]) start.ArgumentList.Add(argument);
            var server = new OtherServer(folder, Process.Start(start)!, port, settings);
            if (await server.ListensAsync(port)) return server;
            var log = server.Log;
            await server.StopAsync();
            Assert.True(attempt < 5, $"{arguments[0]} does not start: {log}");
        }
    }

    /// <summary>What starts a program that sees the home folder of the test as the user's.</summary>
    public static string[] WithHome(TestFolder folder) =>
    [
        "env", "LD_PRELOAD=libnss_wrapper.so", $"NSS_WRAPPER_PASSWD={folder.File("passwd")}",
        $"NSS_WRAPPER_GROUP={folder.File("group")}",
    ];

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }

    private const UnixFileMode UserOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private async Task StopAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<bool> ListensAsync(int port)
    {
        var deadline = Environment.TickCount64 + 30_000;
        while (Environment.TickCount64 < deadline && !_process.HasExited)
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                await Task.Delay(20);
            }
        }

        return false;
    }
}
