using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Connecting;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Tests.Authentication.HostKeys;

/// <summary>
/// Which host key a server with several is asked for: one that known_hosts has, unless the user has set an order.
/// </summary>
[Trait("System", "any")]
[UnsupportedOSPlatform("windows")]
public sealed class HostKeyOrderTests(SharedSshd shared) : IClassFixture<SharedSshd>, IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("rsa", false)]
    [InlineData("ecdsa", false)]
    [InlineData("rsa", true)]
    [InlineData("ecdsa", true)]
    public async Task The_known_key_is_asked_for_by_port_hashed_or_not(string type, bool hashed)
    {
        var key = await KeyAsync(type);
        new KnownHostsFile(_folder.File("known"), hashed).Add("127.0.0.1", shared.Server.Port, key.Blob.Span);
        await ConnectAsync();
    }

    [Fact]
    public async Task The_known_key_is_asked_for_by_its_alias()
    {
        new KnownHostsFile(_folder.File("known"), hashNames: false).Add("alias", 22, (await KeyAsync("rsa")).Blob.Span);
        await ConnectAsync("HostKeyAlias=alias");
    }

    /// <summary>As in OpenSSH: a list that only leaves algorithms out is still ordered, one with an order is not.</summary>
    [Theory]
    [InlineData("ssh-ed25519,rsa-sha2-512", false)]
    [InlineData("-ecdsa*", true)]
    [InlineData("rsa-sha2-256,ssh-ed25519", true)]
    [InlineData("^ssh-ed25519", false)]
    [InlineData("ecdsa-sha2-nistp256,ssh-ed25519,rsa-sha2-512", false)]
    public async Task An_order_of_the_users_stays(string algorithms, bool known)
    {
        var key = await KeyAsync("rsa");
        new KnownHostsFile(_folder.File("known"), hashNames: false).Add("127.0.0.1", shared.Server.Port, key.Blob.Span);
        if (known)
        {
            await ConnectAsync("HostKeyAlgorithms=" + algorithms);
            return;
        }

        var error = await Assert.ThrowsAsync<SshException>(() => ConnectAsync("HostKeyAlgorithms=" + algorithms));
        Assert.True(error.Error is SshError.HostKeyUnknown or SshError.HostKeyChanged, error.Message);
    }

    private async Task<SshPublicKey> KeyAsync(string type)
    {
        var line = await File.ReadAllTextAsync(shared.Server.Folder.File($"host_{type}.pub"), Token);
        return SshPublicKey.Parse(Convert.FromBase64String(line.Split(' ')[1]));
    }

    private async Task ConnectAsync(params string[] options)
    {
        var configuration = await HostConfiguration.LoadAsync(
            new HostQuery
            {
                Host = "x",
                ConfigFile = shared.Server.SshConfig,
                Options = ["UserKnownHostsFile=" + _folder.File("known"), .. options],
            },
            Token);
        await using var connection = await SshConnector.ConnectAsync(
            configuration, NoInteraction.Instance, NullLogger.Instance, Token);
    }
}
