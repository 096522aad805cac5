using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Tests.Authentication.HostKeys;

/// <summary>Host certificates and the rest of what decides about a host key beside its line in known_hosts.</summary>
public sealed class HostCertificateTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Known => _folder.File("known_hosts");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("host", "host")]
    [InlineData("*.example,host", "h*")]
    [InlineData("[host]:2022", "host", "Port=2022")]
    [InlineData("host", "host", "Port=2022")]
    [InlineData("alias", "alias", "HostKeyAlias=alias", "Port=2022")]
    public async Task A_known_authority_vouches_for_the_host(string line, string principal, params string[] options)
    {
        var shown = await CertificateAsync("-n", principal);
        _folder.Write("known_hosts", $"@cert-authority {line} {await PublicAsync("ca")}");
        var user = new ScriptedInteraction();
        var verifier = await VerifierAsync(user, ["StrictHostKeyChecking=yes", "UpdateHostKeys=yes", .. options]);
        await verifier.VerifyAsync(shown, Token);
        Assert.True(verifier.IsTrusted);
        Assert.False(verifier.MayUpdateHostKeys);
        Assert.Empty(user.Messages);
    }

    [Fact]
    public async Task A_certificate_that_does_not_count_leaves_the_plain_key()
    {
        var shown = await CertificateAsync("-n", "other");
        var authority = $"@cert-authority * {await PublicAsync("ca")}";
        _folder.Write("known_hosts", authority);
        var user = new ScriptedInteraction();
        var error = await Assert.ThrowsAsync<SshException>(async () =>
            await (await VerifierAsync(user, "StrictHostKeyChecking=yes")).VerifyAsync(shown, Token));
        Assert.Equal(SshError.HostKeyUnknown, error.Error);
        Assert.Contains("it is for other, not for host", error.Message, StringComparison.Ordinal);
        Assert.Contains("is not accepted", Assert.Single(user.Messages), StringComparison.Ordinal);

        _folder.Write("known_hosts", $"{authority}host {shown.Key}\n");
        await (await VerifierAsync(user, "StrictHostKeyChecking=yes")).VerifyAsync(shown, Token);

        // An unknown authority says nothing, and the key is looked up.
        _folder.Write("known_hosts", $"host {shown.Key}\n");
        user.Messages.Clear();
        await (await VerifierAsync(user, "StrictHostKeyChecking=yes")).VerifyAsync(shown, Token);
        Assert.Empty(user.Messages);

        // Unless plain keys are not allowed at all.
        var verifier = await VerifierAsync(user, "StrictHostKeyChecking=no");
        verifier.Algorithms = [shown.Certificate!.Type];
        error = await Assert.ThrowsAsync<SshException>(async () => await verifier.VerifyAsync(shown, Token));
        Assert.Contains("HostKeyAlgorithms", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_without_principals_is_for_no_host()
    {
        var shown = await CertificateAsync();
        _folder.Write("known_hosts", $"@cert-authority * {await PublicAsync("ca")}");
        var user = new ScriptedInteraction();
        var error = await Assert.ThrowsAsync<SshException>(async () =>
            await (await VerifierAsync(user, "StrictHostKeyChecking=yes")).VerifyAsync(shown, Token));
        Assert.Equal(SshError.HostKeyUnknown, error.Error);
        Assert.Contains("it names no host", error.Message, StringComparison.Ordinal);

        // As any certificate that does not count, it leaves the plain key.
        _folder.Write("known_hosts", $"@cert-authority * {await PublicAsync("ca")}host {shown.Key}\n");
        await (await VerifierAsync(user, "StrictHostKeyChecking=yes")).VerifyAsync(shown, Token);
    }

    [Fact]
    public async Task An_authority_may_use_only_what_CASignatureAlgorithms_allow()
    {
        var shown = await CertificateAsync("-n", "host");
        _folder.Write("known_hosts", $"@cert-authority host {await PublicAsync("ca")}");
        var verifier = new HostKeyVerifier(
            await ConfigurationAsync("StrictHostKeyChecking=yes"), NoInteraction.Instance, NullLogger.Instance)
        {
            AuthorityAlgorithms = ["rsa-sha2-512"],
        };
        var error = await Assert.ThrowsAsync<SshException>(async () => await verifier.VerifyAsync(shown, Token));
        Assert.Contains("CASignatureAlgorithms", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("k")]
    [InlineData("ca")]
    public async Task A_revoked_key_or_authority_is_refused_even_if_known(string revoked)
    {
        var shown = await CertificateAsync("-n", "host");
        _folder.Write(
            "known_hosts",
            $"host {shown.Key}\n@cert-authority host {await PublicAsync("ca")}@revoked * {await PublicAsync(revoked)}");
        var error = await Assert.ThrowsAsync<SshException>(async () =>
            await (await VerifierAsync(NoInteraction.Instance)).VerifyAsync(shown, Token));
        Assert.Equal(SshError.HostKeyRevoked, error.Error);
        Assert.Contains($"{Known}:3", error.Message, StringComparison.Ordinal);
        Assert.Equal(revoked == "ca", error.Message.Contains("authority", StringComparison.Ordinal));

        // As in ssh(1), whoever has switched checking off goes on, but without what could be stolen.
        var user = new ScriptedInteraction();
        var configuration = await ConfigurationAsync("StrictHostKeyChecking=off", "ForwardAgent=yes");
        var verifier = new HostKeyVerifier(configuration, user, NullLogger.Instance);
        await verifier.VerifyAsync(shown, Token);
        Assert.False(verifier.IsTrusted || configuration.ForwardAgent);
        Assert.True(configuration.IsForwardingWithdrawn);

        var strict = await VerifierAsync(
            user, "StrictHostKeyChecking=off", "ForwardAgent=yes", "ExitOnForwardFailure=yes");
        await Assert.ThrowsAsync<SshException>(async () => await strict.VerifyAsync(shown, Token));
    }

    [Fact]
    public async Task RevokedHostKeys_refuse_even_with_checking_off_and_when_they_cannot_be_read()
    {
        var shown = await CertificateAsync("-n", "host");
        _folder.Write("known_hosts", $"@cert-authority host {await PublicAsync("ca")}");
        _folder.Write("revoked", await PublicAsync("ca"));
        foreach (var (file, kind) in new[]
        {
            ("revoked", SshError.HostKeyRevoked), ("missing", SshError.ConfigurationInvalid),
        })
        {
            var verifier = await VerifierAsync(
                NoInteraction.Instance, "StrictHostKeyChecking=off", $"RevokedHostKeys={_folder.File(file)}");
            var error = await Assert.ThrowsAsync<SshException>(async () => await verifier.VerifyAsync(shown, Token));
            Assert.Equal(kind, error.Error);
            Assert.Contains(_folder.File(file), error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Certificates_are_asked_for_first_where_an_authority_is_known()
    {
        var shown = await CertificateAsync("-n", "host");
        const string certificate = "rsa-sha2-512-cert-v01@openssh.com", ed = "ssh-ed25519", rsa = "rsa-sha2-512";
        string[] all = [rsa, ed, certificate, "ecdsa-sha2-nistp256"];
        async Task<IReadOnlyList<string>> OrderAsync(string known, params string[] algorithms)
        {
            _folder.Write("known_hosts", known);
            return await (await VerifierAsync(NoInteraction.Instance)).OrderAsync(algorithms, Token);
        }

        var authority = await PublicAsync("ca");
        Assert.Equal(all, await OrderAsync("", all));
        Assert.Equal([certificate, rsa, ed, all[3]], await OrderAsync("@cert-authority host " + authority, all));
        Assert.Equal(all, await OrderAsync("@cert-authority other " + authority, all));
        Assert.Equal([ed, rsa, certificate, all[3]], await OrderAsync($"host {shown.Key}\n", all));
        Assert.Equal(
            [ed, certificate, rsa, all[3]],
            await OrderAsync($"host {shown.Key}\n@cert-authority host {authority}", all));

        // What is preferred anyway is known: then nothing changes.
        string[] preferred = ["ssh-ed25519-cert-v01@openssh.com", rsa, ed];
        Assert.Equal(
            preferred, await OrderAsync($"host {shown.Key}\n@cert-authority host {authority}", preferred));
        Assert.Equal([ed, rsa], await OrderAsync($"host {shown.Key}\n", ed, rsa));

        // Not if only the certificate of another key could come of it, which nobody can check.
        Assert.Equal([preferred[0], ed, rsa], await OrderAsync($"host {shown.Key}\n", preferred));
        const string mlDsa = "ssh-mldsa44-ed25519";
        Assert.Equal(
            [preferred[0], ed, mlDsa + "-cert", mlDsa],
            await OrderAsync($"host {shown.Key}\n", preferred[0], mlDsa + "-cert", ed, mlDsa));
    }

    [Fact]
    public async Task The_command_is_asked_before_and_after_the_host_has_shown_its_key()
    {
        var shown = await CertificateAsync("-n", "host");
        var script = _folder.Write(
            "command", $"#!/bin/sh\necho \"$@\" >> {_folder.File("calls")}\necho 'host {shown.Key}'\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var verifier = await VerifierAsync(
            NoInteraction.Instance, "StrictHostKeyChecking=yes", $"KnownHostsCommand={script} %I %H %t %f",
            "UpdateHostKeys=yes");
        Assert.Equal(
            ["ssh-ed25519", "rsa-sha2-512"], await verifier.OrderAsync(["rsa-sha2-512", "ssh-ed25519"], Token));
        await verifier.VerifyAsync(new ServerHostKey(shown.Key), Token);
        Assert.False(verifier.MayUpdateHostKeys);
        Assert.Equal(
            ["ORDER host NONE NONE", $"HOSTNAME host ssh-ed25519 {shown.Key.Fingerprint}"],
            await File.ReadAllLinesAsync(_folder.File("calls"), Token));
        Assert.False(File.Exists(Known));

        // A changed key, where ssh-keygen could not help.
        await TestSshd.KeygenAsync(_folder.File("new"), "ed25519");
        var error = await Assert.ThrowsAsync<SshException>(async () =>
            await verifier.VerifyAsync(await ReadAsync("new.pub"), Token));
        Assert.Contains("KnownHostsCommand-HOSTNAME:1", error.Message, StringComparison.Ordinal);
        Assert.Contains(script, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_question_tells_other_names_the_certificate_and_what_was_not_asked()
    {
        var shown = await CertificateAsync("-n", "host");
        _folder.Write("known_hosts", $"other,192.0.2.1 {shown.Key}\n");
        var user = new ScriptedInteraction { Confirms = true };
        var verifier = await VerifierAsync(user, "StrictHostKeyChecking=ask", "VerifyHostKeyDNS=yes");
        await verifier.VerifyAsync(shown, Token);
        var question = Assert.Single(user.Questions);
        foreach (var text in new[]
        {
            $"{Known}:1: other,192.0.2.1", shown.Key.Fingerprint, shown.Certificate!.Authority.Fingerprint,
            "VerifyHostKeyDNS is not supported",
        })
        {
            Assert.Contains(text, question, StringComparison.Ordinal);
        }

        Assert.True(verifier.MayUpdateHostKeys);
        Assert.EndsWith($"host {shown.Key}\n", await File.ReadAllTextAsync(Known, Token), StringComparison.Ordinal);
    }

    private async Task<HostConfiguration> ConfigurationAsync(params string[] options) =>
        await HostConfiguration.LoadAsync(
            new HostQuery
            {
                Host = "host",
                ConfigFile = "none",
                Options = [.. options, $"UserKnownHostsFile={Known}", "GlobalKnownHostsFile=none"],
            },
            Token);

    private async Task<HostKeyVerifier> VerifierAsync(IUserInteraction user, params string[] options) =>
        new(await ConfigurationAsync(options), user, NullLogger.Instance);

    private async Task<ServerHostKey> CertificateAsync(params string[] more)
    {
        await TestSshd.KeygenAsync(_folder.File("ca"), "ed25519");
        await TestSshd.KeygenAsync(_folder.File("k"), "ed25519");
        var result = await ProcessResult.RunAsync(
            "ssh-keygen", ["-q", "-h", "-s", _folder.File("ca"), "-I", "x", .. more, _folder.File("k.pub")]);
        Assert.True(result.ExitCode == 0, result.ErrorOutput);
        return await ReadAsync("k-cert.pub");
    }

    private Task<string> PublicAsync(string name) => File.ReadAllTextAsync(_folder.File(name + ".pub"), Token);

    private async Task<ServerHostKey> ReadAsync(string file) => ServerHostKey.Parse(
        Convert.FromBase64String((await File.ReadAllTextAsync(_folder.File(file), Token)).Split(' ')[1]));
}
