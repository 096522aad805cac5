using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SshMux.Engine.Tests.Support;

/// <summary>
/// A real sshd on a random loopback port with throwaway keys, for the user who runs the tests. Everything that it needs
/// is in its own folder, which is also the sessions' HOME; nothing of the user's is read or written.
/// </summary>
public sealed class TestSshd : IAsyncDisposable
{
    /// <summary>
    /// A command that runs until its connection ends. Others would stay behind: sshd ends only what has a terminal.
    /// If sshd was gone before it began, its parent is process 1.
    /// </summary>
    public const string RunUntilDisconnected = "while [ $PPID != 1 ] && kill -0 $PPID 2> /dev/null; do sleep 0.1; done";

    // Made once for all servers of the test process: making an RSA key takes a processor's second.
    private static readonly Lazy<Task<Dictionary<string, byte[]>>> Keys = new(MakeKeysAsync);

    private readonly TestFolder _folder;
    private readonly StringBuilder _log;
    private readonly string _program;
    private Process _process;

    private TestSshd(TestFolder folder, string program, int port, Process process, StringBuilder log)
    {
        _folder = folder;
        _program = program;
        _process = process;
        _log = log;
        Port = port;
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The folder with the keys and the configuration.</summary>
    public TestFolder Folder => _folder;

    /// <summary>The user that can log in.</summary>
    public string UserName => Environment.UserName;

    /// <summary>An unencrypted ed25519 private key that is authorized.</summary>
    public string UserKey => _folder.File("user_key");

    /// <summary>A known_hosts file with the server's host keys.</summary>
    public string KnownHosts => _folder.File("known_hosts");

    /// <summary>The authorized_keys file; tests may append keys.</summary>
    public string AuthorizedKeys => _folder.File("authorized_keys");

    /// <summary>An ssh_config(5) file that logs in without questions; usable with ssh -F and sshmux -F.</summary>
    public string SshConfig => _folder.File("ssh_config");

    /// <summary>What the server logged so far (LogLevel VERBOSE).</summary>
    public string Log
    {
        get { lock (_log) return _log.ToString(); }
    }

    /// <summary>The process id of the listening sshd.</summary>
    public int ProcessId => _process.Id;

    /// <summary>
    /// Starts a server; <paramref name="extraConfig"/> are sshd_config lines that come before the defaults, and
    /// <paramref name="program"/> is another sshd than the system's.
    /// </summary>
    public static async Task<TestSshd> StartAsync(string extraConfig = "", string program = "/usr/sbin/sshd")
    {
        OnlyOn.Unix();
        var folder = new TestFolder();
        foreach (var (name, content) in await Keys.Value) await WriteKeyAsync(folder.File(name), content);
        File.Copy(folder.File("user_key.pub"), folder.File("authorized_keys"));
        if (Environment.UserName == "root") Directory.CreateDirectory("/run/sshd");

        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            folder.Write("sshd_config", $"""
                {extraConfig}
                Port {port}
                ListenAddress 127.0.0.1
                HostKey {folder.File("host_ed25519")}
                HostKey {folder.File("host_ecdsa")}
                HostKey {folder.File("host_rsa")}
                AuthorizedKeysFile {folder.File("authorized_keys")}
                PidFile none
                StrictModes no
                UsePAM no
                PermitRootLogin yes
                PasswordAuthentication no
                KbdInteractiveAuthentication no
                MaxSessions 1000
                MaxStartups 1000
                AcceptEnv SSHMUX_*
                SetEnv HOME={folder.Path}
                PrintMotd no
                UseDNS no
                LogLevel VERBOSE
                Subsystem sftp internal-sftp

                """);
            var log = new StringBuilder();
            var process = StartProcess(program, folder, log);
            if (await WaitUntilListeningAsync(process, port))
            {
                var sshd = new TestSshd(folder, program, port, process, log);
                sshd.WriteClientFiles();
                return sshd;
            }

            if (!process.HasExited) process.Kill();
            process.Dispose();
            if (attempt == 5) throw new InvalidOperationException($"sshd does not start: {log}");
        }
    }

    /// <summary>Kills the server and every connection and command that it serves.</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    /// <summary>Kills the processes that serve connections, but leaves the listening server.</summary>
    public void KillConnections()
    {
        foreach (var child in ChildrenOf(_process.Id)) child.Kill(entireProcessTree: true);
    }

    /// <summary>Starts it again after <see cref="Kill"/>, on the same port with the same keys.</summary>
    public async Task StartAgainAsync()
    {
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = StartProcess(_program, _folder, _log);
        if (!await WaitUntilListeningAsync(_process, Port)) throw new InvalidOperationException($"sshd does not start: {Log}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    /// <summary>
    /// A loopback port on which nothing listened just now. It is none of those that Linux gives out by itself (from
    /// 32768 on): one of those is soon another test's.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(10_000, 32_000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another one, then.
            }
        }
    }

    /// <summary>Makes a key pair with ssh-keygen.</summary>
    public static async Task KeygenAsync(string path, string type, string passphrase = "", params string[] more)
    {
        var result = await ProcessResult.RunAsync(
            "ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", "test", "-f", path, .. more]);
        if (result.ExitCode != 0) throw new InvalidOperationException($"ssh-keygen: {result.ErrorOutput}");
    }

    private static async Task<Dictionary<string, byte[]>> MakeKeysAsync()
    {
        using var folder = new TestFolder();
        foreach (var type in new[] { "ed25519", "ecdsa", "rsa" }) await KeygenAsync(folder.File($"host_{type}"), type);
        await KeygenAsync(folder.File("user_key"), "ed25519");
        return Directory.GetFiles(folder.Path).ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);
    }

    private static async Task WriteKeyAsync(string path, byte[] content)
    {
        await File.WriteAllBytesAsync(path, content);
        if (!path.EndsWith(".pub", StringComparison.Ordinal))
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private static Process StartProcess(string program, TestFolder folder, StringBuilder log)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in new[] { "-D", "-e", "-f", folder.File("sshd_config") }) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (log) log.AppendLine(line.Data);
        };
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task<bool> WaitUntilListeningAsync(Process process, int port)
    {
        for (var tries = 0; tries < 500 && !process.HasExited; tries++)
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

    private static IEnumerable<Process> ChildrenOf(int parent)
    {
        foreach (var task in Directory.GetDirectories($"/proc/{parent}/task"))
        {
            foreach (var id in File.ReadAllText($"{task}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                if (Find(int.Parse(id, System.Globalization.CultureInfo.InvariantCulture)) is { } child) yield return child;
            }
        }
    }

    private static Process? Find(int id)
    {
        try
        {
            return Process.GetProcessById(id);
        }
        catch (ArgumentException)
        {
            return null; // it has ended meanwhile
        }
    }

    private void WriteClientFiles()
    {
        var lines = new[] { "ed25519", "ecdsa", "rsa" }
            .Select(type => $"[127.0.0.1]:{Port} {File.ReadAllText(_folder.File($"host_{type}.pub"))}");
        _folder.Write("known_hosts", string.Concat(lines));
        _folder.Write("ssh_config", $"""
            Host *
              HostName 127.0.0.1
              Port {Port}
              User {UserName}
              IdentityFile {UserKey}
              IdentitiesOnly yes
              IdentityAgent none
              UserKnownHostsFile {KnownHosts}
              GlobalKnownHostsFile /dev/null
              StrictHostKeyChecking yes
              PreferredAuthentications publickey
              SendEnv SSHMUX_*

            """);
    }
}
