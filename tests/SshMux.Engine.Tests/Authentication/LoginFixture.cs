using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Connecting;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>Keys, certificates and logins with the settings of a test, at one real sshd.</summary>
internal sealed class LoginFixture(TestSshd sshd) : IDisposable
{
    public TestFolder Folder { get; } = new();

    public TestSshd Sshd => sshd;

    public ListLogger Log { get; } = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Log.Dispose();
        Folder.Dispose();
    }

    /// <summary>Makes a key that nobody knows.</summary>
    public async Task<string> KeyAsync(
        string name, string type = "ed25519", string passphrase = "", params string[] more)
    {
        var path = Folder.File(name);
        await TestSshd.KeygenAsync(path, type, passphrase, more);
        return path;
    }

    /// <summary>Makes a key that the server knows.</summary>
    public async Task<string> AuthorizedKeyAsync(
        string name, string type = "ed25519", string passphrase = "", params string[] more)
    {
        var path = await KeyAsync(name, type, passphrase, more);
        await AuthorizeAsync(path);
        return path;
    }

    public async Task AuthorizeAsync(string path, string prefix = "") => await File.AppendAllTextAsync(
        sshd.AuthorizedKeys, prefix + await File.ReadAllTextAsync(path + ".pub", Token), Token);

    /// <summary>Signs KEY.pub; the certificate is KEY-cert.pub, beside it.</summary>
    public async Task<string> CertifyAsync(string authority, string key, params string[] more)
    {
        var result = await ProcessResult.RunAsync(
            "ssh-keygen", ["-q", "-s", authority, "-I", "test id", "-n", sshd.UserName, .. more, key + ".pub"]);
        Assert.True(result.ExitCode == 0, result.ErrorOutput);
        return key + "-cert.pub";
    }

    /// <summary>The settings of the server's own configuration, but no key, and these.</summary>
    public async Task<HostConfiguration> LoadAsync(params string[] options)
    {
        var lines = (await File.ReadAllLinesAsync(sshd.SshConfig, Token))
            .Where(line => !line.TrimStart().StartsWith("IdentityFile", StringComparison.Ordinal));
        var file = Folder.Write($"config{Random.Shared.Next()}", string.Join('\n', lines) + "\n");
        if (!options.Any(option => option.StartsWith("IdentityFile", StringComparison.Ordinal)))
        {
            options = [.. options, "IdentityFile=none"];
        }

        return await HostConfiguration.LoadAsync(
            new HostQuery { Host = "x", ConfigFile = file, Options = options }, Token);
    }

    public Task<SshConnection> ConnectAsync(params string[] options) => ConnectAsync(NoInteraction.Instance, options);

    public async Task<SshConnection> ConnectAsync(IUserInteraction user, params string[] options) =>
        await SshConnector.ConnectAsync(await LoadAsync(options), user, Log, Token);

    public async Task<SshException> FailAsync(params string[] options) =>
        await FailAsync(NoInteraction.Instance, options);

    public Task<SshException> FailAsync(SshError expected, params string[] options) =>
        FailAsync(expected, NoInteraction.Instance, options);

    public Task<SshException> FailAsync(IUserInteraction user, params string[] options) =>
        FailAsync(SshError.AuthenticationFailed, user, options);

    private async Task<SshException> FailAsync(SshError expected, IUserInteraction user, string[] options)
    {
        var error = await Assert.ThrowsAsync<SshException>(() => ConnectAsync(user, options));
        Assert.Equal(expected, error.Error);
        return error;
    }

    /// <summary>Logs in, and gives the server's line about how.</summary>
    public Task<string> AcceptedAsync(params string[] options) => AcceptedAsync(NoInteraction.Instance, options);

    public async Task<string> AcceptedAsync(IUserInteraction user, params string[] options)
    {
        var before = sshd.Log.Length;
        await using var connection = await ConnectAsync(user, options);
        for (var tries = 0; tries < 1000; tries++)
        {
            // "Accepted certificate" comes before what it is accepted for.
            var lines = sshd.Log[before..].Split('\n');
            if (Array.FindLast(lines, line => line.StartsWith("Accepted ", StringComparison.Ordinal)
                && !line.StartsWith("Accepted certificate ", StringComparison.Ordinal)) is { } line)
            {
                return line;
            }

            await Task.Delay(10, Token);
        }

        throw new TimeoutException($"the server does not say that it accepted anybody: {sshd.Log}");
    }
}
