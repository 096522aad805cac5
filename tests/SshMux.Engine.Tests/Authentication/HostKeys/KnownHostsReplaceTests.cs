using System.Text;
using FsCheck;
using FsCheck.Fluent;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication.HostKeys;

/// <summary>What replacing a host's keys does to a known_hosts file, and above all what it does not.</summary>
[Trait("System", "any")]
public sealed class KnownHostsReplaceTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Keys_go_and_come_and_the_rest_stays_byte_for_byte()
    {
        var kept =
            $"# a comment \t\r\n\n@cert-authority web {Text(1)}\n@revoked web {Text(1)}\nweb garbage\n" +
            $"other {Text(1)} \u00e9\u0001\n[web]:2022 {Text(1)}\n";
        var file = _folder.Write("f", $"{kept}web {Text(1)}\nweb,10.0.0.1 {Text(2)} note\nlast line {Text(1)}");
        Assert.True(await ReplaceAsync(file, "web", true, 2, 3));
        Assert.Equal(
            $"{kept}web,10.0.0.1 {Text(2)} note\nlast line {Text(1)}\nweb {Text(3)}\n",
            await File.ReadAllTextAsync(file, Token));
        Assert.False(await ReplaceAsync(file, "web", true, 2, 3));

        Assert.True(await ReplaceAsync(file, "web", false, 3, 4));
        Assert.Equal(
            $"{kept}last line {Text(1)}\nweb {Text(3)}\n", await File.ReadAllTextAsync(file, Token));
        Assert.False(await ReplaceAsync(_folder.File("missing"), "web", true, 1));
        Assert.False(File.Exists(_folder.File("missing")));
        Assert.Equal(0, (await ProcessResult.RunAsync("mkfifo", [_folder.File("pipe")])).ExitCode);
        Assert.False(await ReplaceAsync(_folder.File("pipe"), "web", true, 1));
    }

    [Fact]
    public async Task Names_hashed_by_ssh_keygen_are_replaced_too()
    {
        var file = _folder.Write("f", $"web {Text(1)}\nother {Text(1)}\n");
        Assert.Equal(0, (await ProcessResult.RunAsync("ssh-keygen", ["-q", "-H", "-f", file])).ExitCode);
        var other = (await File.ReadAllLinesAsync(file, Token))[1];
        Assert.True(await new KnownHostsFile(file, hashNames: true).ReplaceAsync("web", Keys(2), true, Token));
        var lines = await File.ReadAllLinesAsync(file, Token);
        Assert.Equal(other, lines[0]);
        Assert.StartsWith("|1|", lines[1], StringComparison.Ordinal);
        var found = await ProcessResult.RunAsync("ssh-keygen", ["-F", "web", "-f", file]);
        Assert.Contains(Text(2), found.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_and_permissions_stay_and_the_old_file_is_kept()
    {
        OnlyOn.Unix();
        var file = _folder.Write("real", $"web {Text(1)}\n");
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead;
        File.SetUnixFileMode(file, mode);
        File.CreateSymbolicLink(_folder.File("link"), "real");
        Assert.True(await ReplaceAsync(_folder.File("link"), "web", true, 2));
        Assert.Equal("real", new FileInfo(_folder.File("link")).LinkTarget);
        Assert.Equal($"web {Text(2)}\n", await File.ReadAllTextAsync(file, Token));
        Assert.Equal(mode, File.GetUnixFileMode(file));
        Assert.Equal($"web {Text(1)}\n", await File.ReadAllTextAsync(file + ".old", Token));
        Assert.Equal(
            ["link", "real", "real.old"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Lines_that_are_no_entries_stay_even_if_they_are_the_hosts()
    {
        var kept = $"web {Text(1)[..40]}\nweb ssh-new@example.org AAAAE3NzaC1uZXdAZXhhbXBsZS5vcmcAAAABAA==\n";
        var file = _folder.Write("f", $"{kept}web {Text(1)}\n");
        Assert.True(await ReplaceAsync(file, "web", true, 2));
        Assert.Equal($"{kept}web {Text(2)}\n", await File.ReadAllTextAsync(file, Token));
    }

    [Fact]
    public void Any_other_content_stays_whatever_it_is()
    {
        var parts = Gen.Elements(
            "web", " ", "\t", "\n", "\r\n", "|1|", "@revoked ", "@cert-authority ", Text(1), $"x {Text(1)}\n",
            $"web {Text(1)}\n", $"web {Text(2)}\n", ",", "!", "*", "#", "\u00e9");
        Prop.ForAll(
            Arb.From(Gen.ArrayOf(Gen.OneOf(parts, ArbMap.Default.GeneratorFor<string>()))),
            words =>
            {
                // Whatever it is: bytes that are no UTF-8, too.
                var text = string.Concat(words).Replace('*', '+').Replace('?', '+');
                byte[] before = [.. Encoding.UTF8.GetBytes(text), 0xff, (byte)'\n'];
                var after = new KnownHostsFile("f", hashNames: false).Replaced(before, "no.such.host", [], Keys(9));
                Assert.Null(after);

                after = new KnownHostsFile("f", hashNames: false).Replaced(before, "no.such.host", Keys(9), Keys(9))!;
                Assert.Equal(before, after[..before.Length]);
                Assert.Equal($"no.such.host {Text(9)}\n", Encoding.UTF8.GetString(after[before.Length..]));

                // What goes are whole lines, and only those of the host.
                var lines = Lines(before);
                after = new KnownHostsFile("f", hashNames: false).Replaced(before, "web", [], Keys(2)) ?? before;
                var left = Lines(after);
                Assert.All(lines.Except(left), line => Assert.Contains(Text(1), line, StringComparison.Ordinal));
                Assert.Equal(lines.Where(left.Contains), left);
            }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task Additions_and_replacements_at_the_same_time_lose_nothing()
    {
        var file = _folder.Write("f", "# start\n");
        await Parallel.ForAsync(0, 100, async (i, _) =>
        {
            if (i % 2 == 0) new KnownHostsFile(file, hashNames: false).Add($"host{i}", 22, Blob(i).Span);
            else await ReplaceAsync(file, $"host{i}", true, i);
        });
        var known = KnownHosts.Load([file]);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(KnownHostsStatus.Match, known.Check($"host{i}", 22, Blob(i).Span).Status);
        }
    }

    private static string[] Lines(byte[] content) => Encoding.Latin1.GetString(content).Split('\n');

    private static Task<bool> ReplaceAsync(string file, string name, bool add, params int[] keys) =>
        new KnownHostsFile(file, hashNames: false).ReplaceAsync(name, Keys(keys), add, Token);

    private static ReadOnlyMemory<byte>[] Keys(params int[] seeds) => [.. seeds.Select(Blob)];

    private static string Text(int seed) => $"ssh-ed25519 {Convert.ToBase64String(Blob(seed).Span)}";

    private static ReadOnlyMemory<byte> Blob(int seed)
    {
        byte[] blob = [0, 0, 0, 11, .. "ssh-ed25519"u8, 0, 0, 0, 32, .. new byte[32]];
        BitConverter.TryWriteBytes(blob.AsSpan(^4), seed);
        return blob;
    }
}
