using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Connecting;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux;

/// <summary>Our master in this process, over a connection to the test's sshd.</summary>
internal sealed class OurMaster : ITestMaster
{
    private readonly TestFolder _folder = new();

    private OurMaster() => Path = _folder.File("s");

    public string Path { get; }

    public int ProcessId => Environment.ProcessId;

    public MuxMaster Master { get; private set; } = null!;

    public Task Ended => Master.Ended;

    public static async Task<OurMaster> StartAsync(TestSshd sshd, MuxMasterOptions? options = null)
    {
        var master = new OurMaster();
        options = (options ?? new MuxMasterOptions { SendEnv = ["SSHMUX_*"] }) with { ControlPath = master.Path };
        master.Master = await MuxMaster.StartAsync(token => ConnectAsync(sshd, token), options);
        return master;
    }

    public static async Task<SshConnection> ConnectAsync(TestSshd sshd, CancellationToken cancellationToken)
    {
        var query = new HostQuery { Host = "x", ConfigFile = sshd.SshConfig };
        var configuration = await HostConfiguration.LoadAsync(query, cancellationToken);
        return await SshConnector.ConnectAsync(
            configuration, NoInteraction.Instance, NullLogger.Instance, cancellationToken);
    }

    /// <summary>Runs the system's ssh as a client that could not connect by itself.</summary>
    public Task<ProcessResult> SshAsync(params string[] arguments) => SshAsync(arguments, "");

    public Task<ProcessResult> SshAsync(string[] arguments, string input) =>
        ProcessResult.RunAsync("ssh", [.. SshOptions, .. arguments], input);

    public string[] SshOptions => ["-F", "none", "-S", Path, "-o", "ProxyCommand=false", "-o", "SendEnv=SSHMUX_*"];

    public async Task ExpectNothingLeftAsync()
    {
        await Eventually.TrueAsync(() => Master.SessionCount == 0, "no session is left");
        await Eventually.TrueAsync(() => Master.Connection.ChannelCount == 0, "no channel is left");
    }

    public async ValueTask DisposeAsync()
    {
        await Master.DisposeAsync();
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        _folder.Dispose();
    }
}
