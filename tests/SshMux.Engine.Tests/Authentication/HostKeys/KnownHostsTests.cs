using FsCheck;
using FsCheck.Fluent;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Configuration;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Authentication.HostKeys;

[Trait("System", "any")]
public sealed class KnownHostsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Names_patterns_ports_and_exclusions_are_matched()
    {
        var (a, b) = (Key(1), Key(2));
        var file = Write(
            "# comment", "", $"web,*.Example.org,!bad.example.org,10.0.0.? {a.Text} note", $"[alt]:2022\t{b.Text}");
        var hosts = KnownHosts.Load([file]);

        Assert.Equal(KnownHostsStatus.Match, hosts.Check("WEB", 22, a.Blob).Status);
        Assert.Equal(KnownHostsStatus.Match, hosts.Check("x.example.org", 22, a.Blob).Status);
        Assert.Equal(KnownHostsStatus.Unknown, hosts.Check("bad.example.org", 22, a.Blob).Status);
        Assert.Equal(KnownHostsStatus.Match, hosts.Check("10.0.0.7", 22, a.Blob).Status);
        Assert.Equal(KnownHostsStatus.Unknown, hosts.Check("10.0.0.77", 22, a.Blob).Status);
        Assert.Equal(KnownHostsStatus.Match, hosts.Check("alt", 2022, b.Blob).Status);
        Assert.Equal(KnownHostsStatus.Unknown, hosts.Check("alt", 22, b.Blob).Status);
        Assert.Equal(["ssh-ed25519"], hosts.KnownKeyTypes("web", 22));
        Assert.Empty(hosts.KnownKeyTypes("nowhere", 22));
    }

    [Fact]
    public void A_changed_key_is_found_with_file_and_line()
    {
        var (a, b, other) = (Key(1), Key(2), Key(3, "ecdsa-sha2-nistp256"));
        var first = Write("web " + other.Text);
        var second = Write("# x", "web " + a.Text);
        var result = KnownHosts.Load([first, second]).Check("web", 22, b.Blob);
        Assert.Equal(KnownHostsStatus.Changed, result.Status);
        Assert.Equal((second, 2, "ssh-ed25519"), (result.Entry!.File, result.Entry.Line, result.Entry.KeyType));
    }

    [Fact]
    public void A_key_that_is_known_anywhere_is_no_change()
    {
        var (a, b) = (Key(1), Key(2));
        var hosts = KnownHosts.Load([Write("web " + a.Text), Write("* " + b.Text)]);
        Assert.Equal(KnownHostsStatus.Match, hosts.Check("web", 22, a.Blob).Status);
        Assert.Equal(KnownHostsStatus.Match, hosts.Check("web", 22, b.Blob).Status);
    }

    [Fact]
    public void Another_port_falls_back_to_the_host_alone()
    {
        var (a, b) = (Key(1), Key(2));
        var hosts = KnownHosts.Load([Write("web " + a.Text)]);
        Assert.Equal(KnownHostsStatus.Match, hosts.Check("web", 2022, a.Blob).Status);
        Assert.Equal(KnownHostsStatus.Unknown, hosts.Check("web", 2022, b.Blob).Status);
        Assert.Equal(["ssh-ed25519"], hosts.KnownKeyTypes("web", 2022));

        hosts = KnownHosts.Load([Write("web " + a.Text, "[web]:2022 " + b.Text)]);
        Assert.Equal(KnownHostsStatus.Changed, hosts.Check("web", 2022, a.Blob).Status);
    }

    [Fact]
    public void Revoked_keys_are_refused_wherever_the_mark_stands()
    {
        var (a, b) = (Key(1), Key(2));
        var hosts = KnownHosts.Load([Write("web " + a.Text), Write("@revoked * " + a.Text)]);
        var result = hosts.Check("web", 22, a.Blob);
        Assert.Equal((KnownHostsStatus.Revoked, 1), (result.Status, result.Entry!.Line));
        Assert.Equal(KnownHostsStatus.Unknown, hosts.Check("other", 22, b.Blob).Status);
        Assert.Equal(KnownHostsStatus.Revoked, hosts.Check("other", 2022, a.Blob).Status);
    }

    [Fact]
    public void Authorities_and_damaged_lines_are_no_host_keys()
    {
        var a = Key(1);
        var hosts = KnownHosts.Load([Write(
            "@cert-authority web " + a.Text, "@unknown web " + a.Text, "web", "web ssh-ed25519", "web ssh-ed25519 %%%",
            "web ssh-rsa " + a.Text.Split(' ')[1], "|1|x web " + a.Text, "|1|AAAA|%% " + a.Text, "@revoked")]);
        Assert.Equal(KnownHostsStatus.Unknown, hosts.Check("web", 22, a.Blob).Status);
        Assert.Empty(hosts.KnownKeyTypes("web", 22));
    }

    [Theory]
    [InlineData("")]
    [InlineData("@revoked ")]
    [InlineData("@cert-authority ")]
    public void A_line_that_does_not_parse_whole_says_nothing_of_the_host(string marker)
    {
        var shown = Key(1);
        foreach (var (_, known) in new[] { Key(2), Key(2, "ecdsa-sha2-nistp256"), Key(2, "ssh-rsa") })
        {
            // Cut off anywhere: a disk that was full, a crash, an editor.
            for (var length = 0; length < known.Length; length++) AssertSaysNothing(known[..length]);

            var words = known.Split(' ');
            var key = Convert.FromBase64String(words[1]);
            for (var length = 0; length < key.Length; length++)
            {
                AssertSaysNothing($"{words[0]} {Convert.ToBase64String(key.AsSpan(0, length))}");
            }

            AssertSaysNothing($"{words[0]} {Convert.ToBase64String([.. key, 0])}");
            AssertSaysNothing($"{words[0]} {words[1]}{words[1]}");
            AssertSaysNothing($"ssh-other {words[1]}");
        }

        // Types that some other program knows, or that will be known some day.
        AssertSaysNothing(Key(2, "ssh-dss").Text);
        AssertSaysNothing(Key(2, "ssh-new@example.org").Text);
        AssertSaysNothing(Key(2, "ssh-ed25519-cert-v01@openssh.com").Text);

        void AssertSaysNothing(string damaged)
        {
            var file = Write($"{marker}web {damaged}");
            var hosts = KnownHosts.Load([file]);
            File.Delete(file);
            Assert.True(hosts.Check("web", 22, shown.Blob).Status == KnownHostsStatus.Unknown, damaged);
            Assert.Empty(hosts.KnownKeyTypes("web", 22));
            Assert.False(hosts.HasAuthority("web", 22));
        }
    }

    [Fact]
    public void Missing_files_are_empty_and_unreadable_ones_are_named()
    {
        var hosts = KnownHosts.Load([_folder.File("none"), _folder.File("no/such"), _folder.Path]);
        Assert.Equal([_folder.Path], hosts.UnreadableFiles);
    }

    [Fact]
    public async Task Names_hashed_by_ssh_keygen_are_found()
    {
        var (a, b) = (Key(1), Key(2));
        var file = Write("web.example.org " + a.Text, "[web.example.org]:2022 " + b.Text);
        var hash = await ProcessResult.RunAsync("ssh-keygen", ["-q", "-H", "-f", file]);
        Assert.Equal(0, hash.ExitCode);
        Assert.DoesNotContain("web", File.ReadAllText(file), StringComparison.Ordinal);

        var hosts = KnownHosts.Load([file]);
        Assert.Equal(KnownHostsStatus.Match, hosts.Check("Web.Example.org", 22, a.Blob).Status);
        Assert.Equal(KnownHostsStatus.Match, hosts.Check("web.example.org", 2022, b.Blob).Status);
        Assert.Equal(KnownHostsStatus.Changed, hosts.Check("web.example.org", 22, b.Blob).Status);
        Assert.Equal(KnownHostsStatus.Unknown, hosts.Check("example.org", 22, a.Blob).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_we_add_is_found_by_ssh_keygen_and_the_rest_stays_byte_for_byte(bool hashed)
    {
        var before = "# kept \t\r\nweb  garbage\n\u00e9 no newline at the end";
        var file = _folder.Write("known_hosts", before);
        var a = Key(1);
        new KnownHostsFile(file, hashed).Add("Web.Example.org", 2022, a.Blob);
        new KnownHostsFile(file, hashed).Add("2001:db8::1", 22, a.Blob);

        Assert.StartsWith(before + "\n", File.ReadAllText(file), StringComparison.Ordinal);
        Assert.Equal(!hashed, File.ReadAllText(file).Contains("[web.example.org]:2022 ", StringComparison.Ordinal));
        foreach (var name in new[] { "[web.example.org]:2022", "2001:db8::1" })
        {
            var found = await ProcessResult.RunAsync("ssh-keygen", ["-F", name, "-f", file]);
            Assert.Contains(a.Text, found.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Additions_at_the_same_time_all_arrive()
    {
        var file = _folder.Write("known_hosts", "no newline");
        var keys = Enumerable.Range(0, 200).Select(Key).ToArray();
        await Parallel.ForAsync(0, keys.Length, (i, _) =>
        {
            new KnownHostsFile(file, hashNames: false).Add($"host{i}", 22, keys[i].Blob);
            return ValueTask.CompletedTask;
        });
        var hosts = KnownHosts.Load([file]);
        for (var i = 0; i < keys.Length; i++)
        {
            Assert.Equal(KnownHostsStatus.Match, hosts.Check($"host{i}", 22, keys[i].Blob).Status);
        }
    }

    [Fact]
    public void What_cannot_be_added_is_said()
    {
        foreach (var (file, host) in new[]
        {
            (_folder.File("no/such/folder"), "web"), (_folder.Path, "web"), (_folder.File("x"), "a,b"),
            (_folder.File("x"), "a b"), (_folder.File("x"), "*"), (_folder.File("x"), "a\nb"),
        })
        {
            var error = Assert.Throws<SshException>(
                () => new KnownHostsFile(file, hashNames: false).Add(host, 22, Key(1).Blob));
            Assert.Equal(SshError.ConfigurationInvalid, error.Error);
            Assert.Contains(file, error.Message, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(_folder.File("x")));
    }

    [Fact]
    public async Task Real_ssh_accepts_what_we_add_and_we_read_what_it_adds()
    {
        await using var sshd = await TestSshd.StartAsync();
        var blob = Convert.FromBase64String(File.ReadAllText(sshd.Folder.File("host_ed25519.pub")).Split(' ')[1]);
        string[] common =
        [
            "-F", "none", "-i", sshd.UserKey, "-o", "IdentityAgent=none", "-o", "GlobalKnownHostsFile=none",
            "-o", "HostKeyAlgorithms=ssh-ed25519", "-p", $"{sshd.Port}", "127.0.0.1", "true",
        ];
        foreach (var hashed in new[] { true, false })
        {
            var ours = _folder.File($"ours{hashed}");
            new KnownHostsFile(ours, hashed).Add("127.0.0.1", sshd.Port, blob);
            var login = await ProcessResult.RunAsync(
                "ssh", ["-o", $"UserKnownHostsFile={ours}", "-o", "StrictHostKeyChecking=yes", .. common]);
            Assert.Equal((0, ""), (login.ExitCode, login.ErrorOutput));

            var theirs = _folder.File($"theirs{hashed}");
            login = await ProcessResult.RunAsync(
                "ssh",
                [
                    "-o", $"UserKnownHostsFile={theirs}", "-o", "StrictHostKeyChecking=accept-new", "-o",
                    $"HashKnownHosts={(hashed ? "yes" : "no")}", .. common,
                ]);
            Assert.Equal(0, login.ExitCode);
            Assert.Equal(
                KnownHostsStatus.Match, KnownHosts.Load([theirs]).Check("127.0.0.1", sshd.Port, blob).Status);
        }
    }

    [Fact]
    public void Any_text_is_read_without_an_error()
    {
        var parts = Gen.Elements(
            "web", " ", "\t", "|1|", "|", "@revoked ", "@", "ssh-ed25519", Key(1).Text, "AAAA", "=", ",", "!", "*",
            "#");
        Prop.ForAll(
            Arb.From(Gen.ArrayOf(Gen.OneOf(parts, ArbMap.Default.GeneratorFor<string>()))),
            words =>
            {
                var entry = KnownHostsEntry.Parse("f", 1, string.Concat(words));
                _ = entry?.IsFor("web");
            }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "a?c", true)]
    [InlineData("abc", "*", true)]
    [InlineData("abc", "*c", true)]
    [InlineData("abcbc", "a*bc", true)]
    [InlineData("abc", "**a**c**", true)]
    [InlineData("", "*", true)]
    [InlineData("", "?", false)]
    [InlineData("abc", "ab", false)]
    [InlineData("abc", "*d", false)]
    [InlineData("abc", "ABC", false)]
    public void Patterns_match(string text, string pattern, bool matches) =>
        Assert.Equal(matches, HostPattern.Matches(text, pattern));

    [Fact]
    public void A_hostile_pattern_takes_no_exponential_time() =>
        Assert.False(HostPattern.Matches(new string('a', 2000), string.Concat(Enumerable.Repeat("*a", 500)) + "b"));

    private static (byte[] Blob, string Text) Key(int seed, string type = "ssh-ed25519")
    {
        var blob = new byte[512];
        var writer = new SshWriter(blob);
        writer.WriteString(type);
        switch (type)
        {
            case "ecdsa-sha2-nistp256":
                writer.WriteString("nistp256");
                writer.WriteString([4, .. new byte[60], .. BitConverter.GetBytes(seed)]);
                break;
            case "ssh-rsa":
                writer.WriteString([1, 0, 1]);
                writer.WriteString([0, 0x80, .. new byte[250], .. BitConverter.GetBytes(seed), 1]);
                break;
            default:
                writer.WriteString([.. new byte[28], .. BitConverter.GetBytes(seed)]);
                break;
        }

        blob = blob[..writer.Length];
        return (blob, $"{type} {Convert.ToBase64String(blob)}");
    }

    private static (byte[] Blob, string Text) Key(int seed) => Key(seed, "ssh-ed25519");

    private string Write(params string[] lines) =>
        _folder.Write(Path.GetRandomFileName(), string.Join('\n', lines) + "\n");
}
