using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Platform.Files;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication.HostKeys;

/// <summary>known_hosts as it is on Windows.</summary>
[Trait("System", "any")]
public sealed class KnownHostsWindowsTests : IDisposable
{
    private static readonly byte[] Key = [0, 0, 0, 11, .. "ssh-ed25519"u8, 0, 0, 0, 32, .. new byte[32]];
    private static readonly byte[] Other = [.. Key[..^1], 9];

    private readonly TestFolder _folder = new();

    public KnownHostsWindowsTests() => OnlyOn.Windows();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Lines_with_the_line_ends_of_Windows_are_entries_and_stay_as_they_are()
    {
        var file = _folder.Write("known_hosts", $"\uFEFFweb {Text(Key)}\r\nother {Text(Key)} a comment\r\nlast {Text(Key)}\r\n");
        foreach (var host in new[] { "web", "other", "last" })
        {
            Assert.Equal(KnownHostsStatus.Match, KnownHosts.Load([file]).Check(host, 22, Key).Status);
        }

        Assert.True(await new KnownHostsFile(file, hashNames: false).ReplaceAsync("other", [Other], true, Token));
        Assert.Equal(
            $"\uFEFFweb {Text(Key)}\r\nlast {Text(Key)}\r\nother {Text(Other)}\n",
            System.Text.Encoding.UTF8.GetString(await File.ReadAllBytesAsync(file, Token)));
    }

    [Fact]
    public void A_new_file_is_the_users_alone_and_is_read_while_others_write()
    {
        var file = _folder.File("known_hosts");
        new KnownHostsFile(file, hashNames: false).Add("web", 22, Key);
        Assert.Null(OwnFiles.Current.WhyNotPrivate(file));
        using var writer = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Assert.Equal(KnownHostsStatus.Match, KnownHosts.Load([file]).Check("web", 22, Key).Status);
        new KnownHostsFile(file, hashNames: false).Add("web2", 22, Key);
        Assert.Equal(KnownHostsStatus.Match, KnownHosts.Load([file]).Check("web2", 22, Key).Status);
    }

    [Fact]
    public async Task Nothing_can_be_known_hosts()
    {
        foreach (var nothing in new[] { "NUL", "/dev/null" })
        {
            new KnownHostsFile(nothing, hashNames: false).Add("web", 22, Key);
            Assert.False(await new KnownHostsFile(nothing, hashNames: false).ReplaceAsync("web", [Other], true, Token));
            var known = KnownHosts.Load([nothing]);
            Assert.Empty(known.UnreadableFiles);
            Assert.NotEqual(KnownHostsStatus.Match, known.Check("web", 22, Key).Status);
        }
    }

    private static string Text(byte[] key) => $"ssh-ed25519 {Convert.ToBase64String(key)}";
}
