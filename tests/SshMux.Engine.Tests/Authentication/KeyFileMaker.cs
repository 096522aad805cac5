using System.Collections.Concurrent;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>
/// Writes keys into files as the tools do: a command is that of ssh-keygen, openssl or puttygen, without the files and the
/// passphrase. A key of each type is made once for all tests of the process.
/// </summary>
internal static class KeyFileMaker
{
    public const string Passphrase = "päss phrase";

    private static readonly ConcurrentDictionary<string, Lazy<Task<Sample>>> Samples = new(StringComparer.Ordinal);

    /// <summary>The public key of a type, as ssh-keygen wrote it: "type base64 comment".</summary>
    public static async Task<string> PublicLineAsync(string type) => (await SampleAsync(type)).PublicLine;

    /// <summary>The public key of a type in its wire form.</summary>
    public static async Task<byte[]> PublicKeyAsync(string type) =>
        Convert.FromBase64String((await PublicLineAsync(type)).Split(' ')[1]);

    /// <summary>Writes the key of a type, as "rsa 2048" or "ed25519"; the empty passphrase is none.</summary>
    public static async Task WriteAsync(string path, string type, string command, string passphrase = "")
    {
        var sample = await SampleAsync(type);
        using var folder = new TestFolder();
        var words = command.Split(' ');
        switch (words[0])
        {
            case "ssh-keygen":
                WritePrivate(path, sample.OpenSsh);
                await RunAsync("ssh-keygen", ["-q", "-p", "-P", "", "-N", passphrase, "-f", path, "-a", "1", .. words[1..]]);
                break;
            case "openssl":
                var plain = folder.File("plain");
                WritePrivate(plain, sample.Pkcs8);
                await RunAsync("openssl", [.. words[1..], "-in", plain, "-out", path, .. PassOut(words, passphrase)]);
                break;
            default:
                var (source, secret) = (folder.File("source"), folder.Write("passphrase", passphrase + "\n"));
                WritePrivate(source, sample.OpenSsh);

                // It writes no format that it has just read.
                if (command.EndsWith("-new", StringComparison.Ordinal)) await RunAsync("puttygen", [source, "-q", "-o", source]);
                string[] encrypted = passphrase.Length > 0 ? ["--new-passphrase", secret] : [];
                await RunAsync("puttygen", [source, "-q", "-o", path, .. encrypted, .. words[1..]]);
                break;
        }

        TestFolder.CloseToOthers(path);
    }

    /// <summary>Writes a file that only its owner may read.</summary>
    public static void WritePrivate(string path, string content)
    {
        File.WriteAllText(path, content);
        TestFolder.CloseToOthers(path);
    }

    private static string[] PassOut(string[] words, string passphrase)
    {
        if (passphrase.Length > 0) return ["-passout", "pass:" + passphrase];
        return words[1] == "pkcs8" ? ["-nocrypt"] : [];
    }

    private static Task<Sample> SampleAsync(string type) =>
        Samples.GetOrAdd(type, _ => new Lazy<Task<Sample>>(() => MakeAsync(type))).Value;

    private static async Task<Sample> MakeAsync(string type)
    {
        using var folder = new TestFolder();
        var path = folder.File("key");
        var words = type.Split(' ');
        await TestSshd.KeygenAsync(path, words[0], "", words.Length > 1 ? ["-b", words[1]] : []);
        var openSsh = await File.ReadAllTextAsync(path);
        var publicLine = await File.ReadAllTextAsync(path + ".pub");
        if (type == "ed25519") return new Sample(openSsh, publicLine, Ed25519InPkcs8(openSsh));
        await RunAsync("ssh-keygen", ["-q", "-p", "-P", "", "-N", "", "-m", "PKCS8", "-f", path]);
        return new Sample(openSsh, publicLine, await File.ReadAllTextAsync(path));
    }

    /// <summary>ssh-keygen does not write it; in its own format the seed is behind the two names and public keys.</summary>
    private static string Ed25519InPkcs8(string openSsh)
    {
        var lines = openSsh.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var bytes = Convert.FromBase64String(string.Concat(lines[1..^1]));
        var second = bytes.AsSpan().LastIndexOf("ssh-ed25519"u8) + "ssh-ed25519"u8.Length;
        var seed = bytes.AsSpan(second + 4 + 32 + 4, 32);
        byte[] der = [.. Convert.FromHexString("302e020100300506032b657004220420"), .. seed];
        return $"-----BEGIN PRIVATE KEY-----\n{Convert.ToBase64String(der)}\n-----END PRIVATE KEY-----\n";
    }

    private static async Task RunAsync(string program, string[] arguments)
    {
        var result = await ProcessResult.RunAsync(program, arguments);
        Assert.True(result.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {result.ErrorOutput}");
    }

    private sealed record Sample(string OpenSsh, string PublicLine, string Pkcs8);
}
