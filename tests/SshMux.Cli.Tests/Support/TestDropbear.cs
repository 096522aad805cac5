using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests.Support;

/// <summary>Debian's dropbear. Its algorithms are chosen when it is compiled, so what hardens it are its keys.</summary>
internal static class TestDropbear
{
    /// <summary>With all kinds of host keys.</summary>
    public static Task<OtherServer> StartAsync() => StartAsync(["ed25519", "ecdsa", "rsa"], [], "");

    /// <summary>
    /// With an ed25519 key, without passwords, and for clients that take the best that it has and rekey often.
    /// </summary>
    public static Task<OtherServer> StartHardenedAsync() => StartAsync(["ed25519"], ["-s", "-g", "-T", "2"], """
        KexAlgorithms curve25519-sha256
          HostKeyAlgorithms ssh-ed25519
          Ciphers aes256-ctr
          MACs hmac-sha2-256
          RekeyLimit 1M
        """);

    private static async Task<OtherServer> StartAsync(string[] keys, string[] options, string settings)
    {
        var folder = await OtherServer.PrepareAsync([]);
        foreach (var type in keys)
        {
            var made = await ProcessResult.RunAsync("dropbearkey", ["-t", type, "-f", folder.File($"key_{type}")]);
            Assert.True(made.ExitCode == 0, made.ErrorOutput);
            var line = made.Output.Split('\n').First(line => line.StartsWith("ssh-", StringComparison.Ordinal)
                || line.StartsWith("ecdsa-", StringComparison.Ordinal));
            folder.Write($"host_{type}.pub", line + "\n");
            options = [.. options, "-r", folder.File($"key_{type}")];
        }

        return await OtherServer.StartAsync(
            folder,
            port =>
            [
                .. OtherServer.WithHome(folder), "/usr/sbin/dropbear", "-F", "-E", "-p", $"127.0.0.1:{port}",
                "-P", folder.File("pid"), .. options,
            ],
            settings);
    }
}
