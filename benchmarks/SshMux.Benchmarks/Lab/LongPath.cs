using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;

namespace SshMux.Benchmarks.Lab;

/// <summary>A path of 50 ms, there and back, to the lab's sshd. Who takes it has a connection of its own.</summary>
internal sealed class LongPath : IDisposable
{
    private readonly BenchmarkLab _lab;
    private readonly DelayingRelay _relay;

    public LongPath(BenchmarkLab lab)
    {
        _lab = lab;
        _relay = new DelayingRelay(lab.SshdPort, TimeSpan.FromMilliseconds(25));
    }

    private string HostKeyAlias => $"HostKeyAlias=[127.0.0.1]:{_lab.SshdPort}";

    public Task<MasterProcess> StartMasterAsync(
        string program, CancellationToken cancellationToken, params string[] options) => MasterProcess.StartAsync(
        program,
        _lab.Config,
        _lab.Folder.File("far.ctl"),
        cancellationToken,
        [.. options, "-p", $"{_relay.Port}", "-o", HostKeyAlias]);

    public async Task<SshConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var query = new HostQuery
        {
            Host = "host",
            ConfigFile = _lab.Config,
            Port = _relay.Port,
            Options = [HostKeyAlias],
        };
        var configuration = await HostConfiguration.LoadAsync(query, cancellationToken);
        return await BenchmarkLab.ConnectAsync(configuration, cancellationToken);
    }

    public void Dispose() => _relay.Dispose();
}
