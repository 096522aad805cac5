using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Connecting;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Tests.Support;

namespace SshMux.Benchmarks.Lab;

/// <summary>
/// Where the cases run: a throwaway sshd on loopback, a master of OpenSSH and one of ours with the same cipher and key
/// exchange, a connection in this process, SSH.NET's connections, and a server of bytes for the forwards.
/// </summary>
internal sealed class BenchmarkLab : IAsyncDisposable
{
    public const string Cipher = "aes256-gcm@openssh.com";
    public const string KeyExchange = "curve25519-sha256";
    public const string HostKey = "ssh-ed25519";

    private const string Algorithms = $"""
        Ciphers {Cipher}
        KexAlgorithms {KeyExchange}
        HostKeyAlgorithms {HostKey}

        """;

    private readonly TestSshd _sshd;

    private BenchmarkLab(TestSshd sshd, string config, string sshmux)
    {
        _sshd = sshd;
        Config = config;
        SshMux = sshmux;
    }

    /// <summary>The ssh_config file that all use.</summary>
    public string Config { get; }

    /// <summary>The path of our command.</summary>
    public string SshMux { get; }

    public TestSshd Sshd => _sshd;

    public int SshdPort => _sshd.Port;

    /// <summary>An sshd of a newer OpenSSH; null if there is none.</summary>
    public TestSshd? NewerSshd { get; private init; }

    public TestFolder Folder => _sshd.Folder;

    public MasterProcess OpenSsh { get; private init; } = null!;

    public MasterProcess Ours { get; private init; } = null!;

    public SshConnection InProcess => InProcessMaster.Connection;

    /// <summary>A master in this process; it shares <see cref="InProcess"/>.</summary>
    public MuxMaster InProcessMaster { get; private init; } = null!;

    /// <summary>Connections of SSH.NET in this process.</summary>
    public SshNet SshNet { get; private init; } = null!;

    public ByteServer Bytes { get; } = new();

    public static async Task<BenchmarkLab> StartAsync(string sshmux, CancellationToken cancellationToken)
    {
        var sshd = await TestSshd.StartAsync("MaxSessions 2000");
        var config = sshd.Folder.Write(
            "bench_config", Algorithms + await File.ReadAllTextAsync(sshd.SshConfig, cancellationToken));
        return new BenchmarkLab(sshd, config, sshmux)
        {
            NewerSshd = NewerOpenSsh.IsThere ? await NewerOpenSsh.StartSshdAsync() : null,
            OpenSsh = await MasterProcess.StartAsync("ssh", config, sshd.Folder.File("theirs"), cancellationToken),
            Ours = await MasterProcess.StartAsync(sshmux, config, sshd.Folder.File("ours"), cancellationToken),
            InProcessMaster = await MuxMaster.StartAsync(
                await ConnectAsync(config, cancellationToken),
                new MuxMasterOptions { ControlPath = sshd.Folder.File("within") },
                cancellationToken),
            SshNet = SshNet.Connect(sshd),
        };
    }

    /// <summary>The settings of the server, for a connection in this process.</summary>
    public static Task<HostConfiguration> LoadAsync(string config, CancellationToken cancellationToken) =>
        HostConfiguration.LoadAsync(new HostQuery { Host = "host", ConfigFile = config }, cancellationToken);

    public static async Task<SshConnection> ConnectAsync(string config, CancellationToken cancellationToken) =>
        await ConnectAsync(await LoadAsync(config, cancellationToken), cancellationToken);

    public static Task<SshConnection> ConnectAsync(
        HostConfiguration configuration, CancellationToken cancellationToken) =>
        SshConnector.ConnectAsync(configuration, NoInteraction.Instance, NullLogger.Instance, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        SshNet.Dispose();
        await InProcessMaster.DisposeAsync();
        await Ours.DisposeAsync();
        await OpenSsh.DisposeAsync();
        Bytes.Dispose();
        if (NewerSshd is not null) await NewerSshd.DisposeAsync();
        await _sshd.DisposeAsync();
    }
}
