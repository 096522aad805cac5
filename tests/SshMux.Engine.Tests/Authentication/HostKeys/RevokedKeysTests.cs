using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Tests.Authentication.HostKeys;

/// <summary>RevokedHostKeys, with lists that ssh-keygen made.</summary>
[Trait("System", "any")]
public sealed class RevokedKeysTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("key: {0}")]
    [InlineData("sha1: {0}")]
    [InlineData("sha256: {0}")]
    public async Task A_key_is_revoked_by_itself_and_by_its_hashes(string specification)
    {
        var (bad, good) = (await KeyAsync("bad"), await KeyAsync("good"));
        var line = await File.ReadAllTextAsync(_folder.File("bad.pub"), Token);
        var revoked = await KeygenListAsync(string.Format(null, specification, line));
        Assert.Contains("is revoked by", revoked.WhyRevoked(bad), StringComparison.Ordinal);
        Assert.Null(revoked.WhyRevoked(good));

        // A certificate of the key, too.
        await KeyAsync("ca");
        Assert.NotNull(revoked.WhyRevoked(await CertifyAsync("ca", "bad", 1)));
        Assert.Null(revoked.WhyRevoked(await CertifyAsync("ca", "good", 1)));
    }

    [Fact]
    public async Task An_authority_is_revoked_with_all_that_it_signed()
    {
        var key = await KeyAsync("k");
        await KeyAsync("ca");
        var line = await File.ReadAllTextAsync(_folder.File("ca.pub"), Token);
        var revoked = await KeygenListAsync("key: " + line);
        Assert.Null(revoked.WhyRevoked(key));
        Assert.Contains("the authority", revoked.WhyRevoked(await CertifyAsync("ca", "k", 1)));
    }

    [Theory]
    [InlineData("serial: 7", true, 7)]
    [InlineData("serial: 7", false, 8)]
    [InlineData("serial: 5-9", true, 5, 6, 7, 8, 9)]
    [InlineData("serial: 5-9", false, 4, 10)]
    [InlineData("serial: 1\nserial: 3\nserial: 10\nserial: 70\nserial: 1000", true, 1, 3, 10, 70, 1000)]
    [InlineData("serial: 1\nserial: 3\nserial: 10\nserial: 70\nserial: 1000", false, 2, 4, 9, 11, 69, 71, 999, 1001)]
    [InlineData("serial: 2-100\nserial: 18446744073709551615", false, 0)]
    [InlineData("id: host k", true, 4)]
    [InlineData("id: host", false, 4)]
    public async Task Certificates_are_revoked_by_serial_number_and_id(
        string specification, bool isRevoked, params int[] serials)
    {
        await KeyAsync("k");
        await KeyAsync("ca");
        await KeyAsync("other");
        var revoked = await KeygenListAsync(specification, "-s", _folder.File("ca.pub"));
        foreach (var serial in serials)
        {
            var why = revoked.WhyRevoked(await CertifyAsync("ca", "k", serial));
            Assert.Equal(isRevoked, why is not null);
            if (isRevoked) Assert.Contains($"serial {serial}, id 'host k'", why, StringComparison.Ordinal);
            Assert.Null(revoked.WhyRevoked(await CertifyAsync("other", "k", serial)));
        }
    }

    [Fact]
    public async Task An_id_is_revoked_for_any_authority_if_none_is_named()
    {
        await KeyAsync("k");
        await KeyAsync("ca");
        var revoked = await KeygenListAsync("id: host k", "-s", "none");
        Assert.NotNull(revoked.WhyRevoked(await CertifyAsync("ca", "k", 0)));
    }

    [Fact]
    public async Task Lines_of_keys_and_certificates_are_read_and_others_refused()
    {
        var (a, b, c) = (await KeyAsync("a"), await KeyAsync("b"), await KeyAsync("c"));
        await KeyAsync("ca");
        await CertifyAsync("ca", "b", 1);
        var text = await File.ReadAllTextAsync(_folder.File("a.pub"), Token)
            + await File.ReadAllTextAsync(_folder.File("b-cert.pub"), Token);
        var revoked = await RevokedKeys.LoadAsync(
            _folder.Write("list", "# x\n\n  " + text + "ssh-old AAAAA3gteQ==\n"), Token);
        Assert.NotNull(revoked.WhyRevoked(a));
        Assert.NotNull(revoked.WhyRevoked(b));
        Assert.Null(revoked.WhyRevoked(c));
        Assert.Null((await RevokedKeys.LoadAsync(_folder.Write("none", ""), Token)).WhyRevoked(a));

        foreach (var bad in new[] { "ssh-ed25519", "ssh-ed25519 %%", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAAA==" })
        {
            var error = await Assert.ThrowsAsync<SshException>(
                () => RevokedKeys.LoadAsync(_folder.Write("bad", text + bad + "\n"), Token));
            Assert.Equal(SshError.ConfigurationInvalid, error.Error);
            Assert.Contains("line 3", error.Message, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<SshException>(() => RevokedKeys.LoadAsync(_folder.File("missing"), Token));
    }

    [Fact]
    public async Task A_damaged_list_is_refused_and_no_change_does_more()
    {
        await KeyAsync("k");
        await KeyAsync("ca");
        await KeygenListAsync(
            $"serial: 1-9\nserial: 11\nid: x\nkey: {await File.ReadAllTextAsync(_folder.File("k.pub"), Token)}",
            "-s", _folder.File("ca.pub"));
        var content = await File.ReadAllBytesAsync(_folder.File("krl"), Token);
        for (var length = 8; length < content.Length; length++)
        {
            // Some cuts are between two sections.
            TryParse(content.AsSpan(0, length));
        }

        var random = new Random(1);
        for (var round = 0; round < 3000; round++)
        {
            var changed = content.ToArray();
            var place = random.Next(8, changed.Length);
            changed[place] = (byte)random.Next(256);
            changed[random.Next(8, changed.Length)] ^= (byte)round;
            TryParse(changed);
        }

        byte[] critical = [255, 0, 0, 0, 10, 0, 0, 0, 1, (byte)'x', 1, 0, 0, 0, 0];
        Assert.Contains("critical", Refusal([.. content, .. critical]));
        critical[^5] = 0;
        KeyRevocationList.Parse([.. content, .. critical]);
        Assert.Contains("signed", Refusal([.. content, 4, 0, 0, 0, 0, 0, 0, 0, 0]));
        Assert.Contains("unknown type 9", Refusal([.. content, 9, 0, 0, 0, 0]));
        Assert.Contains("wrong length", Refusal([.. content, 5, 0, 0, 0, 5, 0, 0, 0, 1, 0]));
    }

    private static string Refusal(byte[] content) =>
        Assert.Throws<SshException>(() => KeyRevocationList.Parse(content)).Message;

    private static void TryParse(ReadOnlySpan<byte> content)
    {
        try
        {
            KeyRevocationList.Parse(content);
        }
        catch (SshException)
        {
            // As it should; a change of a serial number is none that could be seen.
        }
    }

    private async Task<RevokedKeys> KeygenListAsync(string specification, params string[] more)
    {
        var result = await ProcessResult.RunAsync(
            "ssh-keygen",
            ["-q", "-k", "-f", _folder.File("krl"), .. more, _folder.Write("specification", specification + "\n")]);
        Assert.True(result.ExitCode == 0, result.ErrorOutput);
        return await RevokedKeys.LoadAsync(_folder.File("krl"), Token);
    }

    private async Task<ServerHostKey> KeyAsync(string name)
    {
        await TestSshd.KeygenAsync(_folder.File(name), "ed25519");
        return await ReadAsync(name + ".pub");
    }

    private async Task<ServerHostKey> CertifyAsync(string authority, string name, int serial)
    {
        var result = await ProcessResult.RunAsync(
            "ssh-keygen",
            [
                "-q", "-h", "-s", _folder.File(authority), "-I", "host " + name, "-n", "host", "-z", $"{serial}",
                _folder.File(name + ".pub"),
            ]);
        Assert.True(result.ExitCode == 0, result.ErrorOutput);
        return await ReadAsync(name + "-cert.pub");
    }

    private async Task<ServerHostKey> ReadAsync(string file) => ServerHostKey.Parse(
        Convert.FromBase64String((await File.ReadAllTextAsync(_folder.File(file), Token)).Split(' ')[1]));
}
