using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Connecting;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Connecting;

/// <summary>Connections from the configuration on, at a real sshd if a test starts it.</summary>
[UnsupportedOSPlatform("windows")]
public abstract class ConnectorTestBase(SharedSshd shared) : IClassFixture<SharedSshd>, IAsyncDisposable
{
    private TestSshd? _own;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected TestFolder Folder { get; } = new();

    /// <summary>The server, once it is started.</summary>
    private protected TestSshd? Sshd { get; private set; }

    public async ValueTask DisposeAsync()
    {
        if (_own is not null) await _own.DisposeAsync();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Uses the server that the tests share, or one of its own if it needs a configuration.</summary>
    private protected async Task StartAsync(string config = "")
    {
        if (config.Length > 0) _own = await TestSshd.StartAsync(config);
        Sshd = _own ?? shared.Server;
    }

    /// <summary>Makes a key that the server knows.</summary>
    private protected async Task<string> AuthorizeAsync(
        string name, string type, string passphrase, params string[] more)
    {
        var key = Folder.File(name);
        await TestSshd.KeygenAsync(key, type, passphrase, more);
        await File.AppendAllTextAsync(Sshd!.AuthorizedKeys, await File.ReadAllTextAsync(key + ".pub", Token), Token);
        return key;
    }

    private protected async Task<HostConfiguration> LoadAsync(params string[] options)
    {
        // An IdentityFile of the test takes the place of the one in the file.
        var file = Sshd?.SshConfig ?? "none";
        if (options.Any(option => option.StartsWith("IdentityFile", StringComparison.Ordinal)))
        {
            var lines = (await File.ReadAllLinesAsync(file, Token))
                .Where(line => !line.TrimStart().StartsWith("IdentityFile", StringComparison.Ordinal));
            file = Folder.Write("config", string.Join('\n', lines) + "\n");
        }

        return await HostConfiguration.LoadAsync(
            new HostQuery { Host = "x", ConfigFile = file, Options = options }, Token);
    }

    private protected async Task<SshConnection> ConnectAsync(IUserInteraction user, params string[] options) =>
        await SshConnector.ConnectAsync(await LoadAsync(options), user, NullLogger.Instance, Token);

    private protected async Task<SshException> FailAsync(IUserInteraction user, params string[] options) =>
        await Assert.ThrowsAsync<SshException>(() => ConnectAsync(user, options));

    private protected static async Task<string> RunAsync(SshConnection connection, string command)
    {
        await using var process = await connection.StartAsync(new SessionRequest { Command = command }, Token);
        using var reader = new StreamReader(process.StandardOutput);
        return (await reader.ReadToEndAsync(Token)).TrimEnd();
    }
}
