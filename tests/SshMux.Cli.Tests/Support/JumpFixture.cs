using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests.Support;

/// <summary>
/// Two servers with hosts in front of the third one, in one configuration: "target" is reached over nothing, "near" and
/// "far" are jump hosts. Each server accepts its own key only.
/// </summary>
public sealed class JumpFixture : IAsyncLifetime
{
    private readonly TestFolder _folder = new();

    /// <summary>The server that is called near.</summary>
    public TestSshd Near { get; private set; } = null!;

    /// <summary>The server that is called far.</summary>
    public TestSshd Far { get; private set; } = null!;

    /// <summary>The server that is called target.</summary>
    public TestSshd Target { get; private set; } = null!;

    /// <summary>The configuration.</summary>
    public string Config => _folder.File("config");

    /// <summary>A folder for the tests' files.</summary>
    internal TestFolder Folder => _folder;

    public async ValueTask InitializeAsync()
    {
        Near = await TestSshd.StartAsync();
        Far = await TestSshd.StartAsync();
        Target = await TestSshd.StartAsync();
        WriteConfig("config", "");
    }

    /// <summary>Writes a configuration with the three hosts and, before them, more lines.</summary>
    public string WriteConfig(string name, string more) =>
        _folder.Write(name, more + Section("near", Near) + Section("far", Far) + Section("target", Target));

    /// <summary>Runs sshmux with the configuration.</summary>
    public Task<ProcessResult> RunAsync(params IEnumerable<string> arguments) =>
        ProcessResult.RunAsync(SshMuxProgram.Path, ["-F", Config, .. arguments]);

    public async ValueTask DisposeAsync()
    {
        await Near.DisposeAsync();
        await Far.DisposeAsync();
        await Target.DisposeAsync();
        _folder.Dispose();
    }

    private static string Section(string name, TestSshd sshd) => $"""
        Host {name}
          HostName 127.0.0.1
          Port {sshd.Port}
          User {sshd.UserName}
          IdentityFile {sshd.UserKey}
          IdentitiesOnly yes
          IdentityAgent none
          UserKnownHostsFile {sshd.KnownHosts}
          GlobalKnownHostsFile /dev/null
          StrictHostKeyChecking yes
          PreferredAuthentications publickey

        """;
}
