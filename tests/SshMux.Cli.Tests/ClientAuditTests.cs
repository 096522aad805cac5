using System.Text.RegularExpressions;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>What ssh-audit finds in the algorithms that a client offers, with default settings.</summary>
public partial class ClientAuditTests
{
    private const string Auditor = "/usr/bin/ssh-audit";

    /// <summary>
    /// Newer than Debian 12's ssh-audit, which warns of what it does not know. OpenSSH 10 has them, too.
    /// </summary>
    private static readonly string[] NewerThanTheAuditor =
        ["mlkem768x25519-sha256", "ssh-mldsa44-ed25519", "ssh-mldsa44-ed25519-cert"];

    [Fact]
    public async Task Nothing_is_found_that_is_not_found_in_OpenSSHs_client()
    {
        Assert.SkipUnless(File.Exists(Auditor), $"{Auditor} is missing (Debian's ssh-audit)");
        var ours = await AuditAsync(SshMuxProgram.Path);
        var theirs = await AuditAsync("ssh");
        Assert.Contains("SshMux", ours.Text, StringComparison.Ordinal);
        Assert.Contains("OpenSSH", theirs.Text, StringComparison.Ordinal);

        // That the lines are read: both have these, and so the auditor's words for them.
        Assert.Contains(("hmac-sha2-256", "[warn] using encrypt-and-MAC mode"), theirs.Findings);
        var more = ours.Findings.Except(theirs.Findings).Where(finding =>
            !NewerThanTheAuditor.Contains(finding.Algorithm) || finding.Text != "[warn] unknown algorithm");
        Assert.Empty(more);
    }

    /// <summary>What the auditor says against it; the lines below an algorithm's first one are for it, too.</summary>
    private static async Task<(string Text, HashSet<(string Algorithm, string Text)> Findings)> AuditAsync(
        string client)
    {
        var port = TestSshd.FreePort();
        var auditing = ProcessResult.RunAsync(Auditor, ["-n", "-c", "-p", $"{port}"]);
        var listening = $":{port:X4} 00000000:0000 0A ";
        await Wait.UntilAsync(
            () => auditing.IsCompleted
                || File.ReadAllText("/proc/net/tcp").Contains(listening, StringComparison.Ordinal),
            "the auditor listens");
        var login = await ProcessResult.RunAsync(
            client,
            [
                "-F", "none", "-p", $"{port}", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "127.0.0.1", "true",
            ]);
        Assert.Equal(255, login.ExitCode);
        var audit = await auditing;
        var findings = new HashSet<(string, string)>();
        var algorithm = "";
        foreach (var line in audit.Output.Split('\n'))
        {
            var match = Finding().Match(line);
            if (!match.Success) continue;
            if (match.Groups["name"].Success) algorithm = match.Groups["name"].Value;
            if (match.Groups["text"].Success) findings.Add((algorithm, match.Groups["text"].Value));
        }

        Assert.NotEmpty(findings);
        return (audit.Output, findings);
    }

    [GeneratedRegex(@"^(\((kex|key|enc|mac)\) (?<name>\S+))?\s+(--|`-) ((?<text>\[(warn|fail)\] .*?)\s*|.*)$")]
    private static partial Regex Finding();
}
