using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>
/// What the user types, and the keys that it opens, is nowhere to be found after a login: not in the log at its most
/// talkative, not in what is printed, not in arguments and environment, and not in the memory of the process.
/// </summary>
public sealed class SecretTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    // Long and odd enough to be found nowhere by chance.
    private const string Secret = "Kq7-Sesam-öffne-dich-Zx9-Marker";

    private readonly TestFolder _folder = new();
    private readonly List<byte[]> _keyMaterial = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string LogFile => _folder.File("log");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("password")]
    [InlineData("kbd")]
    public async Task A_password_leaves_no_trace(string user)
    {
        if (!PasswordServer.IsAvailable) Assert.Skip("AsyncSSH is not installed (Debian's python3-asyncssh)");
        await using var passwords = await PasswordServer.StartAsync(_folder, Secret);
        await LogInAsync("none", passwords.Port, user, "up", PasswordOptions(user));
    }

    [Theory]
    [InlineData("password")]
    [InlineData("kbd")]
    public async Task A_wrong_password_leaves_no_trace(string user)
    {
        if (!PasswordServer.IsAvailable) Assert.Skip("AsyncSSH is not installed (Debian's python3-asyncssh)");
        await using var passwords = await PasswordServer.StartAsync(_folder, "another");
        await FailAsync("none", passwords.Port, user, PasswordOptions(user));
    }

    [Theory]
    [InlineData("ed25519")]
    [InlineData("ed25519", "-Z", "aes256-gcm@openssh.com")]
    [InlineData("ecdsa")]
    [InlineData("ecdsa", "-b", "384")]
    [InlineData("rsa")]
    [InlineData("rsa", "-m", "PEM")]
    [InlineData("ecdsa", "-m", "PEM")]
    [InlineData("rsa", "-m", "PKCS8")]
    [InlineData("ecdsa", "-m", "PKCS8")]
    public async Task A_passphrase_and_its_key_leave_no_trace(string type, params string[] format)
    {
        var key = await MakeKeyAsync(type, format);
        string[] options = ["-i", key, "-o", "IdentityAgent=none"];
        await LogInAsync(ConfigWithoutKey(), server.Sshd.Port, server.Sshd.UserName, "echo up; cat", options);
    }

    [Fact]
    public async Task A_wrong_passphrase_leaves_no_trace()
    {
        var key = await MakeKeyAsync("ed25519", [], passphrase: "another");
        await FailAsync(ConfigWithoutKey(), server.Sshd.Port, server.Sshd.UserName, "-i", key);
    }

    [Fact]
    public async Task A_key_without_a_passphrase_leaves_no_trace()
    {
        var key = await MakeKeyAsync("ed25519", [], passphrase: "");
        string[] options = ["-i", key, "-o", "IdentityAgent=none"];
        await LogInAsync(ConfigWithoutKey(), server.Sshd.Port, server.Sshd.UserName, "echo up; cat", options);
    }

    [Fact]
    public async Task A_login_by_certificate_leaves_no_trace()
    {
        var key = await MakeKeyAsync("ed25519", []);
        var authority = _folder.File("ca");
        await TestSshd.KeygenAsync(authority, "ed25519", "");
        await File.AppendAllTextAsync(
            server.Sshd.AuthorizedKeys,
            "cert-authority " + await File.ReadAllTextAsync(authority + ".pub", Token),
            Token);
        var signed = await ProcessResult.RunAsync(
            "ssh-keygen", ["-q", "-s", authority, "-I", "test", "-n", server.Sshd.UserName, key + ".pub"]);
        Assert.Equal((0, ""), (signed.ExitCode, signed.ErrorOutput));
        string[] options =
        [
            "-i", key, "-o", "IdentityAgent=none",
            "-o", "PubkeyAcceptedAlgorithms=ssh-ed25519-cert-v01@openssh.com",
        ];
        await LogInAsync(ConfigWithoutKey(), server.Sshd.Port, server.Sshd.UserName, "echo up; cat", options);
    }

    [Fact]
    public async Task A_login_by_the_agent_leaves_no_trace()
    {
        var key = await MakeKeyAsync("ed25519", [], passphrase: "");
        using var agent = await TestAgent.StartAsync(key);
        File.Delete(key);
        await LogInAsync(
            ConfigWithoutKey(), server.Sshd.Port, server.Sshd.UserName, "echo up; cat",
            "-o", $"IdentityAgent={agent.Socket}");
    }

    [Fact]
    public async Task A_master_in_the_background_has_no_trace_of_the_passphrase()
    {
        var key = await MakeKeyAsync("ed25519", []);
        var path = _folder.File("m");
        using var process = Start(
            ConfigWithoutKey(), server.Sshd.Port, server.Sshd.UserName, "-f", "-N", "-M", "-S", path, "-i", key, "x");
        process.StandardInput.Close();
        await process.WaitForExitAsync(Token);
        Assert.Equal(0, process.ExitCode);
        var check = await SshMuxProgram.RunAsync("-F", "none", "-S", path, "-O", "check", "x");
        var master = int.Parse(
            check.ErrorOutput.Split('=', ')')[1], NumberStyles.None, CultureInfo.InvariantCulture);
        try
        {
            AssertNoTrace(master);
        }
        finally
        {
            await SshMuxProgram.RunAsync("-F", "none", "-S", path, "-O", "exit", "x");
        }

        AssertNotIn("the log", await File.ReadAllTextAsync(LogFile, Token));
    }

    private static string[] PasswordOptions(string user) =>
    [
        "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentityFile=none",
        "-o", "IdentityAgent=none",
        "-o", $"PreferredAuthentications={(user == "kbd" ? "keyboard-interactive" : "password")}",
    ];

    /// <summary>The secret as it could be written anywhere, as text.</summary>
    private static IEnumerable<string> Spellings()
    {
        var bytes = Encoding.UTF8.GetBytes(Secret);
        yield return Secret;
        yield return Secret[..12];
        yield return Convert.ToHexString(bytes)[..24];
        yield return Convert.ToHexStringLower(bytes)[..24];
        yield return string.Join('-', bytes.Take(8).Select(b => b.ToString("X2", CultureInfo.InvariantCulture)));
        for (var shift = 0; shift < 3; shift++)
        {
            // Base64 depends on what stands before it; the first and last characters depend on the neighbours.
            yield return Convert.ToBase64String([.. new byte[shift], .. bytes])[4..28];
        }
    }

    private async Task LogInAsync(string config, int port, string user, string command, params string[] options)
    {
        using var process = Start(config, port, user, [.. options, "x", command]);
        var up = await process.StandardOutput.ReadLineAsync(Token);
        if (up != "up")
        {
            Assert.Fail($"no login: {await process.StandardError.ReadToEndAsync(Token)} {File.ReadAllText(LogFile)}");
        }

        AssertNoTrace(process.Id);
        process.StandardInput.Close();
        var said = await process.StandardOutput.ReadToEndAsync(Token);
        said += await process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.Equal(0, process.ExitCode);
        AssertNotIn("what it says", said);
        AssertNotIn("the log", await File.ReadAllTextAsync(LogFile, Token));
    }

    private async Task FailAsync(string config, int port, string user, params string[] options)
    {
        using var process = Start(config, port, user, [.. options, "x", "echo up; cat"]);
        var said = await process.StandardOutput.ReadToEndAsync(Token);
        said += await process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.Equal(255, process.ExitCode);
        AssertNotIn("what it says", said);
        var log = await File.ReadAllTextAsync(LogFile, Token);
        Assert.NotEmpty(log);
        AssertNotIn("the log", log);
    }

    private Process Start(string config, int port, string user, params string[] arguments)
    {
        var start = new ProcessStartInfo(
            SshMuxProgram.Path,
            [
                "-vvv", "-E", LogFile, "-F", config, "-p", $"{port}", "-l", user, "-o", "HostName=127.0.0.1",
                "-o", "NumberOfPasswordPrompts=2", .. arguments,
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in new AskpassScript(_folder, Secret).Environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private void AssertNoTrace(int process)
    {
        AssertNotIn("its arguments", File.ReadAllText($"/proc/{process}/cmdline"));
        AssertNotIn("its environment", File.ReadAllText($"/proc/{process}/environ"));

        // What is there is found.
        Assert.NotEmpty(ProcessMemory.Find(process, Encoding.UTF8.GetBytes(LogFile)));
        Assert.NotEmpty(ProcessMemory.Find(process, Encoding.Unicode.GetBytes(LogFile)));

        byte[][] spellings =
        [
            .. Spellings().Select(Encoding.UTF8.GetBytes), .. Spellings().Select(Encoding.Unicode.GetBytes),
            .. _keyMaterial, .. _keyMaterial.Select(bytes => bytes.Reverse().ToArray()),
        ];
        var found = ProcessMemory.Find(process, spellings);
        Assert.True(found.Count == 0, $"in memory:\n{string.Join('\n', found)}");
    }

    private static void AssertNotIn(string where, string text)
    {
        foreach (var spelling in Spellings())
        {
            Assert.False(text.Contains(spelling, StringComparison.Ordinal), $"{where} has '{spelling}':\n{text}");
        }
    }

    /// <summary>An authorized key; what is secret in it is remembered.</summary>
    private async Task<string> MakeKeyAsync(string type, string[] format, string passphrase = Secret)
    {
        var key = _folder.File("key");
        await TestSshd.KeygenAsync(key, type, "", format);
        await File.AppendAllTextAsync(
            server.Sshd.AuthorizedKeys, await File.ReadAllTextAsync(key + ".pub", Token), Token);

        // The private number of an ECDSA key is not looked for: .NET and libcrypto leave a copy of it behind now and
        // then, in memory of their own.
        if (type == "ed25519") _keyMaterial.Add(Ed25519Seed(key));
        if (type == "rsa") _keyMaterial.Add(await SecretPrimeAsync(key));
        if (passphrase.Length > 0)
        {
            string[] container = format is ["-b", ..] ? [] : format;
            var result = await ProcessResult.RunAsync(
                "ssh-keygen", ["-q", "-p", "-P", "", "-N", passphrase, "-a", "2", .. container, "-f", key]);
            Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        }

        return key;
    }

    private static byte[] Ed25519Seed(string key)
    {
        // openssh-key-v1: the 32 bytes before the second copy of the public key.
        var lines = File.ReadAllLines(key);
        var bytes = Convert.FromBase64String(string.Concat(lines[1..^1]));
        var blob = Convert.FromBase64String(File.ReadAllText(key + ".pub").Split(' ')[1]);
        var at = bytes.AsSpan().LastIndexOf(blob.AsSpan(blob.Length - 32));
        return bytes[(at - 32)..at];
    }

    private async Task<byte[]> SecretPrimeAsync(string key)
    {
        var copy = _folder.File("copy");
        File.Copy(key, copy);
        File.SetUnixFileMode(copy, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await ProcessResult.RunAsync("ssh-keygen", ["-q", "-p", "-P", "", "-N", "", "-m", "PKCS8", "-f", copy]);
        var pem = await File.ReadAllTextAsync(copy, Token);
        File.Delete(copy);
        using var rsa = RSA.Create();
        rsa.ImportFromPem(pem);
        return rsa.ExportParameters(true).P!;
    }

    /// <summary>The server's configuration without its key, so that only the key of the test can log in.</summary>
    private string ConfigWithoutKey() => _folder.Write(
        "config",
        string.Join('\n', File.ReadAllLines(server.Sshd.SshConfig).Where(
            line => !line.TrimStart().StartsWith("Identit", StringComparison.Ordinal))) + "\n");
}
