namespace SshMux.Engine.Tests.Support;

/// <summary>
/// An OpenSSH that is newer than the system's and lies beside it, unpacked into the folder that SSHMUX_NEWER_OPENSSH
/// names (with usr/bin, usr/sbin and usr/lib/openssh in it). Tests that need one are skipped without it.
/// </summary>
public static class NewerOpenSsh
{
    /// <summary>What to say where there is none.</summary>
    public const string Missing =
        Variable + " does not name the folder of an OpenSSH 10 that is unpacked beside the system's";

    private const string Variable = "SSHMUX_NEWER_OPENSSH";

    private static readonly string? Folder =
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? folder : null;

    /// <summary>Whether there is one.</summary>
    public static bool IsThere => Folder is not null;

    /// <summary>Its ssh.</summary>
    public static string Ssh => In("bin/ssh");

    /// <summary>Makes a key, with its ssh-keygen.</summary>
    public static async Task KeygenAsync(string path, string type, string passphrase = "")
    {
        var result = await ProcessResult.RunAsync(
            In("bin/ssh-keygen"), ["-q", "-t", type, "-N", passphrase, "-C", "test", "-f", path]);
        if (result.ExitCode != 0) throw new InvalidOperationException($"ssh-keygen: {result.ErrorOutput}");
    }

    /// <summary>Makes KEY-cert.pub, with its ssh-keygen.</summary>
    public static async Task CertifyAsync(string authority, string key, params string[] more)
    {
        var result = await ProcessResult.RunAsync(
            In("bin/ssh-keygen"), ["-q", "-s", authority, "-I", "test id", .. more, key + ".pub"]);
        if (result.ExitCode != 0) throw new InvalidOperationException($"ssh-keygen: {result.ErrorOutput}");
    }

    /// <summary>Starts its sshd, with sshd_config lines that come before the defaults.</summary>
    public static Task<TestSshd> StartSshdAsync(string extraConfig = "") => TestSshd.StartAsync(
        $"""
        SshdSessionPath {In("lib/openssh/sshd-session")}
        SshdAuthPath {In("lib/openssh/sshd-auth")}
        {extraConfig}
        """,
        In("sbin/sshd"));

    private static string In(string path) => Path.Combine(Folder!, "usr", path);
}
