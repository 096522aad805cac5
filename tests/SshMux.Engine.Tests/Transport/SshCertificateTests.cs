using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Transport;

public class SshCertificateTests
{
    private const string SecurityKeyProvider = "/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so";

    private static readonly string[] AllAlgorithms = ["ssh-ed25519", "rsa-sha2-512", "ecdsa-sha2-nistp256"];

    private static DateTimeOffset InValidTime => new(2030, 6, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("ed25519", "ssh-ed25519-cert-v01@openssh.com")]
    [InlineData("ecdsa", "ecdsa-sha2-nistp256-cert-v01@openssh.com", "-b", "256")]
    [InlineData("ecdsa", "ecdsa-sha2-nistp384-cert-v01@openssh.com", "-b", "384")]
    [InlineData("ecdsa", "ecdsa-sha2-nistp521-cert-v01@openssh.com", "-b", "521")]
    [InlineData("rsa", "ssh-rsa-cert-v01@openssh.com", "-b", "2048")]
    [InlineData("ed25519-sk", "sk-ssh-ed25519-cert-v01@openssh.com", "-w", SecurityKeyProvider)]
    [InlineData("ecdsa-sk", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "-w", SecurityKeyProvider)]
    public async Task A_certificate_of_ssh_keygen_says_what_it_was_told(string kind, string type, params string[] more)
    {
        if (kind.EndsWith("-sk", StringComparison.Ordinal)) SkipWithoutTokens();
        using var folder = new TestFolder();
        await TestSshd.KeygenAsync(folder.File("k"), kind, "", more);

        // The same kind of key as the authority.
        await TestSshd.KeygenAsync(folder.File("ca"), kind, "", more);
        await SignAsync(
            folder, "-s", folder.File("ca"), "-I", "id of k", "-z", "18446744073709551615", "-n", "anna,bert",
            "-V", "20300101000000Z:20310101000000Z", "-O", "clear", "-O", "permit-pty",
            "-O", "force-command=/bin/true", "-w", SecurityKeyProvider);
        var certificate = SshCertificate.Parse(await BlobAsync(folder.File("k-cert.pub")));

        Assert.Equal((type, "id of k", ulong.MaxValue), (certificate.Type, certificate.KeyId, certificate.Serial));
        Assert.Equal(SshCertificateKind.User, certificate.Kind);
        Assert.Equal(["anna", "bert"], certificate.Principals);
        Assert.Equal(1893456000u, certificate.ValidAfter);
        Assert.Equal(1924992000u, certificate.ValidBefore);
        Assert.Equal("permit-pty", Assert.Single(certificate.Extensions).Name);
        var option = Assert.Single(certificate.CriticalOptions);
        Assert.Equal("force-command", option.Name);
        Assert.Equal("/bin/true", new SshReader(option.Data.Span).ReadText());
        Assert.True(certificate.IsSignatureVerified);
        Assert.Equal(await BlobAsync(folder.File("k.pub")), certificate.Key.Blob.ToArray());
        Assert.Equal(await BlobAsync(folder.File("ca.pub")), certificate.Authority.Blob.ToArray());
        Assert.Equal(
            certificate.Key.SignatureAlgorithms, certificate.Algorithms.Select(SshCertificate.PlainAlgorithm));
        Assert.Equal(certificate.Key.KeyType, SshCertificate.PlainAlgorithm(certificate.Type));
        Assert.Equal(
            (await File.ReadAllTextAsync(folder.File("k-cert.pub"), TestContext.Current.CancellationToken))[..^6],
            certificate.ToString());
    }

    [Fact]
    public async Task Every_changed_byte_is_noticed_and_every_cut()
    {
        using var folder = new TestFolder();
        var blob = await HostCertificateAsync(folder, "-n", "a.example,b.example", "-z", "7");
        for (var i = 0; i < blob.Length; i++)
        {
            blob[i] ^= 1;
            Assert.Throws<SshException>(() => SshCertificate.Parse(blob));
            blob[i] ^= 0x81;
            Assert.Throws<SshException>(() => SshCertificate.Parse(blob));
            blob[i] ^= 0x80;
            var length = i;
            Assert.Throws<SshException>(() => SshCertificate.Parse(blob.AsSpan(0, length)));
        }

        Assert.Throws<SshException>(() => SshCertificate.Parse([.. blob, 0]));
        Assert.Equal(7u, SshCertificate.Parse(blob).Serial);
    }

    [Fact]
    public async Task A_changed_counter_of_a_token_is_noticed()
    {
        SkipWithoutTokens();
        using var folder = new TestFolder();
        await TestSshd.KeygenAsync(folder.File("k"), "ed25519");
        await TestSshd.KeygenAsync(folder.File("ca"), "ed25519-sk", "", "-w", SecurityKeyProvider);
        await SignAsync(folder, "-s", folder.File("ca"), "-I", "x", "-n", "a", "-w", SecurityKeyProvider);
        var blob = await BlobAsync(folder.File("k-cert.pub"));
        Assert.Equal("sk-ssh-ed25519@openssh.com", SshCertificate.Parse(blob).SignatureAlgorithm);
        blob[^1] ^= 1;
        Assert.Throws<SshException>(() => SshCertificate.Parse(blob));
    }

    [Fact]
    public async Task Random_bytes_after_the_type_are_refused_and_nothing_else_happens()
    {
        using var folder = new TestFolder();
        var blob = await HostCertificateAsync(folder, "-n", "a.example");
        var random = new Random(4711);
        for (var round = 0; round < 2000; round++)
        {
            var changed = blob.ToArray();
            for (var i = random.Next(1, 6); i > 0; i--) changed[random.Next(changed.Length)] = (byte)random.Next(256);
            if (changed.AsSpan().SequenceEqual(blob)) continue;
            Assert.Throws<SshException>(() => SshCertificate.Parse(changed));
        }

        Assert.Throws<SshException>(() => SshCertificate.Parse(new byte[SshCertificate.MaxLength + 1]));
    }

    [Theory]
    [InlineData("a.example", "a.example", true)]
    [InlineData("*.example", "a.example", true)]
    [InlineData("?.example", "ab.example", false)]
    [InlineData("b.example,a.*", "a.example", true)]
    [InlineData("b.example", "a.example", false)]
    public async Task A_host_must_be_among_the_principals(string principals, string host, bool good)
    {
        using var folder = new TestFolder();
        var certificate = SshCertificate.Parse(await HostCertificateAsync(folder, "-n", principals));
        var why = certificate.WhyNotForHost(host, AllAlgorithms, InValidTime);
        Assert.Equal(good, why is null);
        if (!good) Assert.Contains($"not for {host}", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_time_a_kind_an_option_or_an_algorithm_may_be_wrong()
    {
        using var folder = new TestFolder();
        var valid = SshCertificate.Parse(
            await HostCertificateAsync(folder, "-n", "h", "-V", "20300101000000Z:20310101000000Z"));
        DateTimeOffset start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), end = start.AddYears(1);
        Assert.Null(valid.WhyNotForHost("h", AllAlgorithms, start));
        Assert.Null(valid.WhyNotForHost("h", AllAlgorithms, end.AddSeconds(-1)));
        Assert.Contains("2030-01-01 00:00:00 UTC", valid.WhyNotForHost("h", AllAlgorithms, start.AddSeconds(-1)));
        Assert.Contains("expired", valid.WhyNotForHost("h", AllAlgorithms, end));
        Assert.Contains("CASignatureAlgorithms", valid.WhyNotForHost("h", ["rsa-sha2-512"], start));

        var nameless = SshCertificate.Parse(await HostCertificateAsync(folder));
        foreach (var host in new[] { "h", "", "*" })
        {
            Assert.Contains("names no host", nameless.WhyNotForHost(host, AllAlgorithms, InValidTime));
        }

        var optional = SshCertificate.Parse(await HostCertificateAsync(folder, "-n", "h", "-O", "critical:x@y"));
        Assert.Contains("x@y", optional.WhyNotForHost("h", AllAlgorithms, InValidTime));

        await SignAsync(folder, "-s", folder.File("ca"), "-I", "x", "-n", "h");
        var user = SshCertificate.Parse(await BlobAsync(folder.File("k-cert.pub")));
        Assert.Contains("a user's", user.WhyNotForHost("h", AllAlgorithms, DateTimeOffset.UtcNow));
    }

    [Fact]
    public async Task A_certificate_signed_with_SHA_1_can_be_shown_to_a_server_but_not_by_one()
    {
        using var folder = new TestFolder();
        await TestSshd.KeygenAsync(folder.File("k"), "ed25519");
        await TestSshd.KeygenAsync(folder.File("ca"), "rsa", "", "-b", "2048");
        await SignAsync(folder, "-h", "-t", "ssh-rsa", "-s", folder.File("ca"), "-I", "x", "-n", "h");
        var certificate = SshCertificate.Parse(await BlobAsync(folder.File("k-cert.pub")));
        Assert.False(certificate.IsSignatureVerified);
        Assert.NotNull(certificate.WhyNotForHost("h", ["ssh-rsa", "rsa-sha2-512"], DateTimeOffset.UtcNow));
    }

    [Fact]
    public async Task A_certificate_is_no_authority()
    {
        using var folder = new TestFolder();
        var certificate = await HostCertificateAsync(folder, "-n", "h");
        var authority = await BlobAsync(folder.File("ca.pub"));
        var start = certificate.AsSpan().IndexOf(authority);
        byte[] changed =
        [
            .. certificate[..(start - 4)], 0, 0, (byte)(certificate.Length >> 8), (byte)certificate.Length,
            .. certificate, .. certificate[(start + authority.Length)..],
        ];
        var error = Assert.Throws<SshException>(() => SshCertificate.Parse(changed));
        Assert.Contains("signed by another certificate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_with_too_many_principals_is_refused()
    {
        using var folder = new TestFolder();
        var most = await HostCertificateAsync(folder, "-n", string.Join(',', Enumerable.Range(0, 256)));
        Assert.Equal(256, SshCertificate.Parse(most).Principals.Count);

        // ssh-keygen makes no more: one is added by hand, and noticed before the signature is looked at.
        var list = most.AsSpan().IndexOf("\0\0\0\u00010\0\0\0\u00011"u8);
        var length = most[list - 1] + (most[list - 2] << 8) + 5;
        byte[] changed =
        [
            .. most[..(list - 2)], (byte)(length >> 8), (byte)length, 0, 0, 0, 1, (byte)'x', .. most[list..],
        ];
        var error = Assert.Throws<SshException>(() => SshCertificate.Parse(changed));
        Assert.Contains("more than 256 principals", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_tell_certificates_from_keys()
    {
        Assert.True(SshCertificate.IsCertificateName("rsa-sha2-256-cert-v01@openssh.com"));
        Assert.False(SshCertificate.IsCertificateName("ssh-ed25519"));
        Assert.Equal("rsa-sha2-256", SshCertificate.PlainAlgorithm("rsa-sha2-256-cert-v01@openssh.com"));
        Assert.Equal("ssh-ed25519", SshCertificate.PlainAlgorithm("ssh-ed25519"));
        Assert.Equal(
            SshError.NotSupported,
            Assert.Throws<SshException>(() => SshCertificate.Parse([0, 0, 0, 2, (byte)'x', (byte)'y'])).Error);
        Assert.False(SshCertificate.IsCertificate([0, 0, 1]));
    }

    private static void SkipWithoutTokens() =>
        Assert.SkipUnless(File.Exists(SecurityKeyProvider), $"{SecurityKeyProvider} is missing (openssh-tests)");

    /// <summary>A host certificate of a new key, valid always unless the arguments say otherwise.</summary>
    private static async Task<byte[]> HostCertificateAsync(TestFolder folder, params string[] more)
    {
        if (!File.Exists(folder.File("ca"))) await TestSshd.KeygenAsync(folder.File("ca"), "ed25519");
        if (!File.Exists(folder.File("k"))) await TestSshd.KeygenAsync(folder.File("k"), "ed25519");
        await SignAsync(folder, ["-h", "-s", folder.File("ca"), "-I", "x", .. more]);
        return await BlobAsync(folder.File("k-cert.pub"));
    }

    private static async Task SignAsync(TestFolder folder, params string[] arguments)
    {
        var result = await ProcessResult.RunAsync("ssh-keygen", ["-q", .. arguments, folder.File("k.pub")]);
        Assert.True(result.ExitCode == 0, result.ErrorOutput);
    }

    private static async Task<byte[]> BlobAsync(string file) => Convert.FromBase64String(
        (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Split(' ')[1]);
}
