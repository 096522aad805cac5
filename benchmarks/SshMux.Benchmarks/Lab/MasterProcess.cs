using System.Diagnostics;

namespace SshMux.Benchmarks.Lab;

/// <summary>A master in a process of its own: OpenSSH's or ours.</summary>
internal sealed class MasterProcess : IAsyncDisposable
{
    private readonly string _program;
    private readonly string _config;
    private readonly Process _process;

    private MasterProcess(string program, string config, string controlPath, Process process)
    {
        _program = program;
        _config = config;
        ControlPath = controlPath;
        _process = process;
    }

    public string ControlPath { get; }

    public int ProcessId => _process.Id;

    public double CpuSeconds => ProcessFigures.CpuSeconds(ProcessId);

    /// <summary>Starts a master and waits until it listens.</summary>
    public static async Task<MasterProcess> StartAsync(
        string program, string config, string controlPath, CancellationToken cancellationToken, params string[] options)
    {
        var process = Command.Start(program, ["-F", config, "-M", "-N", "-S", controlPath, .. options, "host"]);
        while (!File.Exists(controlPath))
        {
            if (process.HasExited) throw new InvalidOperationException($"{program}: status {process.ExitCode}");
            await Task.Delay(10, cancellationToken);
        }

        return new MasterProcess(program, config, controlPath, process);
    }

    /// <summary>A line of shell that runs ssh on this master.</summary>
    public string Ssh(string arguments) => $"ssh -F {_config} -S {ControlPath} {arguments}";

    /// <summary>The arguments of <see cref="Ssh"/>, without a shell.</summary>
    public string[] SshArguments(params string[] arguments) => ["-F", _config, "-S", ControlPath, .. arguments];

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await Command.RunAsync(_program, ["-q", "-F", _config, "-S", ControlPath, "-O", "exit", "host"], default);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
