using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests.Support;

/// <summary>
/// Debian's tinysshd, which serves one connection on its standard input and output; socat accepts them.
/// </summary>
internal static class TestTinyssh
{
    /// <summary>As it comes.</summary>
    public static Task<OtherServer> StartAsync() => StartAsync([]);

    /// <summary>Without the key exchange that only it and OpenSSH have.</summary>
    public static Task<OtherServer> StartHardenedAsync() => StartAsync(["-P"]);

    private static async Task<OtherServer> StartAsync(string[] options)
    {
        // It admits a user only if nobody else can write to a folder around authorized_keys.
        var parent = Environment.UserName == "root" ? "/run" : Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        Assert.SkipWhen(parent is null, "tinysshd needs a folder that nobody else can write to: set XDG_RUNTIME_DIR");
        var folder = await OtherServer.PrepareAsync([], parent);
        var made = await ProcessResult.RunAsync("/usr/sbin/tinysshd-makekey", [folder.File("keys")]);
        Assert.True(made.ExitCode == 0, made.ErrorOutput);
        var printed = await ProcessResult.RunAsync("/usr/sbin/tinysshd-printkey", [folder.File("keys")]);
        folder.Write("host_ed25519.pub", printed.Output);
        string[] serve =
        [
            .. OtherServer.WithHome(folder), "/usr/sbin/tinysshd", "-v", .. options, folder.File("keys"),
        ];
        return await OtherServer.StartAsync(
            folder,
            port => ["socat", $"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork", $"EXEC:{string.Join(' ', serve)}"],
            "");
    }
}
