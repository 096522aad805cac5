using System.Diagnostics;
using System.Text;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests.Support;

/// <summary>A master process on a control socket of its own: OpenSSH's ssh, or sshmux.</summary>
internal sealed class TestMaster : IAsyncDisposable
{
    private readonly TestFolder _folder;
    private readonly Process _process;
    private readonly StringBuilder _messages = new();

    private TestMaster(TestFolder folder, Process process)
    {
        _folder = folder;
        _process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_messages) _messages.AppendLine(line.Data);
        };
        process.BeginErrorReadLine();
    }

    /// <summary>The control socket.</summary>
    public string ControlPath => _folder.File("m");

    /// <summary>A folder for the test's files, beside the socket.</summary>
    public TestFolder Folder => _folder;

    /// <summary>The master's process.</summary>
    public Process Process => _process;

    /// <summary>What the master wrote to standard error.</summary>
    public string Messages
    {
        get { lock (_messages) return _messages.ToString(); }
    }

    /// <summary>The program of a peer.</summary>
    public static string ProgramOf(Peer peer) => peer switch
    {
        Peer.OpenSsh => "/usr/bin/ssh",
        Peer.NewOpenSsh => NewerOpenSsh.Ssh,
        _ => SshMuxProgram.Path,
    };

    /// <summary>Logs in and waits until the socket is there.</summary>
    public static Task<TestMaster> StartAsync(Peer peer, TestSshd sshd, params IEnumerable<string> more) =>
        StartAsync(peer, sshd, [], more);

    /// <summary>Logs in with variables in its environment, and waits until the socket is there.</summary>
    public static Task<TestMaster> StartAsync(
        Peer peer, TestSshd sshd, KeyValuePair<string, string>[] environment, params IEnumerable<string> more) =>
        StartAsync(peer, sshd, new TestFolder(), environment, ["-M", .. more]);

    /// <summary>
    /// Logs in and waits until the socket is there, in a folder that may have files already. The options have what makes
    /// it a master, in place of -M.
    /// </summary>
    public static Task<TestMaster> StartAsync(
        Peer peer,
        TestSshd sshd,
        TestFolder folder,
        KeyValuePair<string, string>[] environment,
        params IEnumerable<string> more) =>
        StartAsync(peer, sshd.SshConfig, folder, environment, more);

    /// <summary>Logs in to the host of any configuration, and waits until the socket is there.</summary>
    public static async Task<TestMaster> StartAsync(
        Peer peer,
        string config,
        TestFolder folder,
        KeyValuePair<string, string>[] environment,
        params IEnumerable<string> more)
    {
        var start = new ProcessStartInfo(ProgramOf(peer))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["-F", config, "-N", "-S", folder.File("m"), .. more, "x"])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment) start.Environment[name] = value;
        var master = new TestMaster(folder, Process.Start(start)!);
        try
        {
            await Wait.UntilAsync(
                () => File.Exists(master.ControlPath) || master.Process.HasExited, "the master listens");
            Assert.False(master.Process.HasExited, $"the master ended: {master.Messages}");
            return master;
        }
        catch
        {
            await master.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Runs a client that can do nothing but use this master, and has neither the agent nor the display of who runs the
    /// tests.
    /// </summary>
    public Task<ProcessResult> RunClientAsync(Peer client, params IEnumerable<string> arguments) =>
        RunClientAsync(client, [], arguments);

    /// <summary>Runs such a client with variables in its environment.</summary>
    public Task<ProcessResult> RunClientAsync(
        Peer client, KeyValuePair<string, string>[] environment, params IEnumerable<string> arguments) =>
        ProcessResult.RunAsync(
            "env",
            [
                "-u", "SSH_AUTH_SOCK", "-u", "DISPLAY",
                .. environment.Select(variable => $"{variable.Key}={variable.Value}"),
                ProgramOf(client), .. ClientArguments(arguments),
            ]);

    /// <summary>The arguments of such a client.</summary>
    public string[] ClientArguments(params IEnumerable<string> arguments) =>
        ["-F", "none", "-S", ControlPath, "-o", "ProxyCommand=false", .. arguments];

    /// <summary>Waits for the end of the master's process.</summary>
    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }
}
