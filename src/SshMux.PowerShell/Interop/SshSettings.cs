using System.Collections;

namespace SshMux.PowerShell.Interop;

/// <summary>
/// The settings that send a program's ssh to a master, and never to a login of its own, in the words of each program.
/// </summary>
/// <param name="controlPath">The control socket, a full path.</param>
/// <param name="hostName">The host, if it is known.</param>
internal sealed class SshSettings(string controlPath, string? hostName)
{
    // What ssh would connect through if the master does not take it. The words come where ssh's own errors do; the copy
    // of the standard output keeps ssh, which ends the command when that is closed, waiting until they are out.
    private const string NoLogin =
        "echo the master at the ControlPath has ended or refused: no other login is made 3>&1 >&2";

    private readonly string _path = Words.Unexpanded(controlPath);

    /// <summary>For New-PSSession -Options.</summary>
    public Hashtable ToHashtable()
    {
        var table = new Hashtable(StringComparer.OrdinalIgnoreCase);
        foreach (var (keyword, value) in Settings()) table.Add(keyword, value);
        return table;
    }

    /// <summary>Arguments, each one a word, for ssh, scp and sftp.</summary>
    public string[] ToArguments() => [.. Settings().Select(setting => $"-o{setting.Keyword}={setting.Value}")];

    /// <summary>A command for rsync's -e.</summary>
    public string ToRsync() => $"ssh {string.Join(' ', ToArguments().Select(Words.ForRsync))}";

    /// <summary>A command for a shell, as git has it in GIT_SSH_COMMAND.</summary>
    public string ToShellCommand() => $"ssh {ToShellWords()}";

    /// <summary>Arguments in one text, as Ansible has them in ansible_ssh_common_args.</summary>
    public string ToShellWords() => string.Join(' ', ToArguments().Select(Words.ForShell));

    /// <summary>A section of ~/.ssh/config, for programs that take a host's name and nothing else.</summary>
    public string ToConfiguration()
    {
        var host = hostName ?? Path.GetFileName(controlPath);
        List<string> lines = [$"Host {Words.ForConfiguration(host + "-sshmux")}"];
        if (hostName is not null) lines.Add($"  HostName {hostName}");
        foreach (var (keyword, value) in Settings()) lines.Add($"  {keyword} {value}");
        return string.Join('\n', lines);
    }

    // ControlMaster: with yes in the configuration ssh would not look for a master.
    private (string Keyword, string Value)[] Settings() =>
    [
        ("ControlMaster", "no"),
        ("ControlPath", Words.ForConfiguration(_path)),
        ("ProxyCommand", NoLogin),
    ];
}
