using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Tests.Authentication.HostKeys;

[Trait("System", "any")]
public sealed class HostKeyVerifierTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private string File => _folder.File("known_hosts");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_known_key_is_accepted_without_a_word()
    {
        var key = await KeyAsync("a");
        new KnownHostsFile(File, hashNames: true).Add("host", 22, key.Blob.Span);
        var user = new ScriptedInteraction();
        var verifier = await VerifierAsync(user, "StrictHostKeyChecking=yes");
        await VerifyAsync(verifier, key);
        Assert.True(verifier.IsTrusted);
        Assert.Empty(user.Messages);
    }

    [Fact]
    public async Task A_new_key_is_refused_with_strict_checking_and_in_batch_mode()
    {
        var key = await KeyAsync("a");
        foreach (var (why, options) in new (string, string[])[]
        {
            ("you have requested strict checking", ["StrictHostKeyChecking=yes"]),
            ("BatchMode", ["StrictHostKeyChecking=ask", "BatchMode=yes"]),
            ("nobody", ["StrictHostKeyChecking=ask"]),
        })
        {
            var verifier = await VerifierAsync(NoInteraction.Instance, options);
            var error = await Assert.ThrowsAsync<SshException>(() => VerifyAsync(verifier, key));
            Assert.Equal(SshError.HostKeyUnknown, error.Error);
            foreach (var text in new[] { why, "No ED25519 host key is known for host and ", key.Fingerprint, File })
            {
                Assert.Contains(text, error.Message, StringComparison.Ordinal);
            }
        }

        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public async Task A_new_key_that_the_user_confirms_is_added()
    {
        var key = await KeyAsync("a");
        var user = new ScriptedInteraction { Confirms = true };
        var verifier = await VerifierAsync(user, "StrictHostKeyChecking=ask", "Port=2022");
        verifier.Address = IPAddress.Parse("192.0.2.7");
        await VerifyAsync(verifier, key);
        var question = Assert.Single(user.Questions);
        foreach (var text in new[] { "[host]:2022", "192.0.2.7", key.Fingerprint, "(yes/no/[fingerprint])?" })
        {
            Assert.Contains(text, question, StringComparison.Ordinal);
        }

        Assert.Equal(
            "Warning: Permanently added '[host]:2022' (ED25519) to the list of known hosts.", user.Messages[0]);
        Assert.Equal(KnownHostsStatus.Match, KnownHosts.Load([File]).Check("host", 2022, key.Blob.Span).Status);
    }

    [Theory]
    [InlineData("accept-new")]
    [InlineData("no")]
    public async Task A_new_key_is_added_without_a_question(string checking)
    {
        var key = await KeyAsync("a");
        var user = new ScriptedInteraction();
        await VerifyAsync(
            await VerifierAsync(user, $"StrictHostKeyChecking={checking}", "HostKeyAlias=Alias", "Port=2022"), key);
        Assert.Empty(user.Questions);
        Assert.Equal(KnownHostsStatus.Match, KnownHosts.Load([File]).Check("alias", 22, key.Blob.Span).Status);
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("ask")]
    [InlineData("accept-new")]
    public async Task A_changed_key_is_refused_with_place_fingerprints_and_remedy(string checking)
    {
        var (old, changed) = (await KeyAsync("a"), await KeyAsync("b"));
        new KnownHostsFile(File, hashNames: false).Add("host", 2022, old.Blob.Span);
        var verifier = await VerifierAsync(
            new ScriptedInteraction { Confirms = true }, $"StrictHostKeyChecking={checking}", "Port=2022");
        var error = await Assert.ThrowsAsync<SshException>(() => VerifyAsync(verifier, changed));
        Assert.Equal(SshError.HostKeyChanged, error.Error);
        var remedy = $"ssh-keygen -f '{File}' -R '[host]:2022'";
        Assert.StartsWith(
            "Host key verification failed. WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! ", error.Message,
            StringComparison.Ordinal);
        Assert.Contains($"\nOffending ED25519 key in {File}:1\n", error.Message, StringComparison.Ordinal);
        foreach (var text in new[] { $"{File}:1", old.Fingerprint, changed.Fingerprint, remedy })
        {
            Assert.Contains(text, error.Message, StringComparison.Ordinal);
        }

        // The remedy helps.
        var words = remedy.Replace("'", "", StringComparison.Ordinal).Split(' ');
        Assert.Equal(0, (await ProcessResult.RunAsync(words[0], words[1..])).ExitCode);
        Assert.Equal(KnownHostsStatus.Unknown, KnownHosts.Load([File]).Check("host", 2022, changed.Blob.Span).Status);
    }

    [Fact]
    public async Task A_changed_key_passes_untrusted_when_checking_is_off()
    {
        new KnownHostsFile(File, hashNames: false).Add("host", 22, (await KeyAsync("a")).Blob.Span);
        var user = new ScriptedInteraction();
        var verifier = await VerifierAsync(user, "StrictHostKeyChecking=off");
        await VerifyAsync(verifier, await KeyAsync("b"));
        Assert.False(verifier.IsTrusted);
        Assert.StartsWith("WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! ", Assert.Single(user.Messages), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("ask")]
    [InlineData("accept-new")]
    public async Task A_revoked_key_is_refused(string checking)
    {
        var key = await KeyAsync("a");
        _folder.Write("known_hosts", $"host {key}\n@revoked * {key}\n");
        var verifier = await VerifierAsync(
            new ScriptedInteraction { Confirms = true }, $"StrictHostKeyChecking={checking}");
        var error = await Assert.ThrowsAsync<SshException>(() => VerifyAsync(verifier, key));
        Assert.Equal(SshError.HostKeyRevoked, error.Error);
        Assert.StartsWith(
            "Host key verification failed. WARNING: REVOKED HOST KEY DETECTED! ", error.Message,
            StringComparison.Ordinal);
        Assert.Contains($"{File}:2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_a_warning()
    {
        var user = new ScriptedInteraction();
        var verifier = await VerifierAsync(
            user, "StrictHostKeyChecking=accept-new", $"UserKnownHostsFile={_folder.File("no/such/file")}");
        await VerifyAsync(verifier, await KeyAsync("a"));
        Assert.Contains("no/such/file", Assert.Single(user.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Loopback_is_accepted_unseen_only_if_that_is_configured()
    {
        var key = await KeyAsync("a");
        var verifier = await VerifierAsync(
            NoInteraction.Instance, "StrictHostKeyChecking=yes", "NoHostAuthenticationForLocalhost=yes");
        verifier.Address = IPAddress.Loopback;
        await VerifyAsync(verifier, key);
        verifier.Address = IPAddress.Parse("192.0.2.1");
        await Assert.ThrowsAsync<SshException>(() => VerifyAsync(verifier, key));
    }

    [Fact]
    public async Task A_short_rsa_key_is_refused()
    {
        var key = await KeyAsync("r", "rsa", "-b", "2048");
        new KnownHostsFile(File, hashNames: false).Add("host", 22, key.Blob.Span);
        var verifier = await VerifierAsync(NoInteraction.Instance, "RequiredRSASize=3072");
        var error = await Assert.ThrowsAsync<SshException>(() => VerifyAsync(verifier, key));
        Assert.Contains("3072", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Algorithms_of_known_keys_are_asked_for_first()
    {
        new KnownHostsFile(File, hashNames: true).Add("host", 22, (await KeyAsync("r", "rsa")).Blob.Span);
        var verifier = await VerifierAsync(NoInteraction.Instance);
        Assert.Equal(
            ["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"],
            await verifier.OrderAsync(
                ["ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256"], TestContext.Current.CancellationToken));
    }

    private static Task VerifyAsync(HostKeyVerifier verifier, SshPublicKey key) =>
        verifier.VerifyAsync(new ServerHostKey(key), TestContext.Current.CancellationToken).AsTask();

    private async Task<HostKeyVerifier> VerifierAsync(IUserInteraction user, params string[] options)
    {
        var configuration = await HostConfiguration.LoadAsync(
            new HostQuery
            {
                Host = "host",
                ConfigFile = "none",
                Options = [.. options, $"UserKnownHostsFile={File}", "GlobalKnownHostsFile=none"],
            },
            TestContext.Current.CancellationToken);
        return new HostKeyVerifier(configuration, user, NullLogger.Instance);
    }

    private async Task<SshPublicKey> KeyAsync(string name, string type = "ed25519", params string[] more)
    {
        await TestSshd.KeygenAsync(_folder.File(name), type, "", more);
        var text = await System.IO.File.ReadAllTextAsync(_folder.File(name + ".pub"));
        return SshPublicKey.Parse(Convert.FromBase64String(text.Split(' ')[1]));
    }
}
