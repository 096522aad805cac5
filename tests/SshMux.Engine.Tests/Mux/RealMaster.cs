using System.Diagnostics;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux;

/// <summary>A master of the system's ssh (<c>ssh -M -N</c>), started by a test.</summary>
public sealed class RealMaster : ITestMaster
{
    private readonly TestFolder _folder = new();
    private readonly Process _process;
    private int _descriptors;

    private RealMaster(TestSshd sshd, string[] options)
    {
        Path = _folder.File("s");
        var start = new ProcessStartInfo("ssh") { RedirectStandardInput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-F", sshd.SshConfig, .. options, "-M", "-N", "-S", Path, "x"])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        ErrorOutput = _process.StandardError.ReadToEndAsync();
    }

    public string Path { get; }

    public int ProcessId => _process.Id;

    public Task<string> ErrorOutput { get; }

    public Task Ended => _process.WaitForExitAsync();

    /// <summary>Starts a master and waits until its control socket is there.</summary>
    public static async Task<RealMaster> StartAsync(TestSshd sshd, params string[] options)
    {
        var master = new RealMaster(sshd, options);
        var deadline = Stopwatch.StartNew();
        while (!File.Exists(master.Path))
        {
            if (master._process.HasExited || deadline.Elapsed > TimeSpan.FromSeconds(30))
            {
                master._process.Kill();
                throw new InvalidOperationException($"ssh -M does not start: {await master.ErrorOutput}");
            }

            await Task.Delay(10);
        }

        master._descriptors = master.CountDescriptors();
        return master;
    }

    public void Kill() => _process.Kill();

    public Task ExpectNothingLeftAsync() =>
        Eventually.TrueAsync(() => CountDescriptors() <= _descriptors, "the master closes what it got");

    private int CountDescriptors() => Directory.GetFiles($"/proc/{ProcessId}/fd").Length;

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }
}
