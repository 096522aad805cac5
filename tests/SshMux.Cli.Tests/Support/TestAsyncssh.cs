namespace SshMux.Cli.Tests.Support;

/// <summary>A server written with Debian's asyncssh: asyncssh_server.py beside the tests.</summary>
internal static class TestAsyncssh
{
    /// <summary>With all kinds of host keys and what asyncssh offers by itself.</summary>
    public static Task<OtherServer> StartAsync() => StartAsync(["ed25519", "ecdsa", "rsa"], "{}");

    /// <summary>With one algorithm of each kind, and a new key exchange after every megabyte.</summary>
    public static Task<OtherServer> StartHardenedAsync() => StartAsync(["rsa"], """
        {
          "kex_algs": ["curve25519-sha256"], "encryption_algs": ["aes256-gcm@openssh.com"],
          "mac_algs": ["hmac-sha2-512-etm@openssh.com"], "compression_algs": ["none"],
          "signature_algs": ["rsa-sha2-512", "ssh-ed25519"], "rekey_bytes": 1000000
        }
        """);

    private static async Task<OtherServer> StartAsync(string[] keys, string options)
    {
        var folder = await OtherServer.PrepareAsync(keys);
        return await OtherServer.StartAsync(
            folder,
            port =>
            [
                // Debian's own interpreter, which Debian's packages are for.
                "/usr/bin/python3", "-W", "ignore", Path.Combine(AppContext.BaseDirectory, "asyncssh_server.py"),
                $"{port}", Path.Combine(folder.File("home"), ".ssh", "authorized_keys"), options,
                .. keys.Select(type => folder.File($"host_{type}")),
            ],
            "");
    }
}
