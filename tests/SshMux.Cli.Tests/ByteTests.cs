using System.Diagnostics;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>
/// Environment values and paths with bytes that are no UTF-8, as an old locale leaves them. A shell makes them, as .NET
/// could not.
/// </summary>
public sealed class ByteTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose()
    {
        // .NET cannot remove what it cannot name.
        using (var remove = Process.Start("sh", ["-c", "rm -rf \"$1\"/*", "sh", _folder.Path])) remove.WaitForExit();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("", "own login")]
    [InlineData("-f", "in the background")]
    public async Task A_value_arrives_with_its_bytes(string option, string what)
    {
        var output = _folder.File("bytes");
        var result = await ShellAsync(
            $$"""
            SSHMUX_A=$(printf '\377\376z'); export SSHMUX_A
            $SSHMUX -F $CONFIG {{option}} -o SendEnv=SSHMUX_A x 'printf %s "$SSHMUX_A" | od -An -tx1 > {{output}}.new; mv {{output}}.new {{output}}'
            """);
        Assert.Equal(new ProcessResult(0, "", ""), result);
        await Wait.UntilAsync(() => File.Exists(output), what);
        Assert.Equal(" ff fe 7a\n", await File.ReadAllTextAsync(output));
    }

    [Theory]
    [InlineData(Peer.SshMux, Peer.SshMux)]
    [InlineData(Peer.SshMux, Peer.OpenSsh)]
    [InlineData(Peer.OpenSsh, Peer.SshMux)]
    public async Task A_control_socket_and_a_value_over_it_have_any_bytes(Peer master, Peer client)
    {
        var result = await ShellAsync(
            $$"""
            cd {{_folder.Path}}; F=$(printf 'd\351f'); mkdir $F
            {{TestMaster.ProgramOf(master)}} -F $CONFIG -M -f -N -o SendEnv=SSHMUX_A -S {{_folder.Path}}/$F/c x || exit
            SSHMUX_A=$(printf '\377\376z'); export SSHMUX_A
            {{TestMaster.ProgramOf(client)}} -F $CONFIG -o SendEnv=SSHMUX_A -S {{_folder.Path}}/$F/c x 'printf %s "$SSHMUX_A" | od -An -tx1'
            {{TestMaster.ProgramOf(client)}} -F $CONFIG -S {{_folder.Path}}/$F/c -O exit x 2> /dev/null
            while [ -S $F/c ]; do sleep 0.1; done; ls -A $F
            """);
        Assert.Equal(new ProcessResult(0, " ff fe 7a\n", ""), result);
    }

    [Fact]
    public async Task A_control_path_of_the_configuration_has_any_bytes()
    {
        var result = await ShellAsync(
            $$"""
            cd {{_folder.Path}}; F=$(printf 'd\351f'); mkdir $F
            { printf 'ControlPath {{_folder.Path}}/%s/%%h\n' $F; cat $CONFIG; } > config
            $SSHMUX -F config -M -f -N x || exit
            ls -A $F; $SSHMUX -F config -O check x 2>&1 | sed 's/[0-9]*)/N)/; s/\r//'
            $SSHMUX -q -F config -O exit x
            """);
        Assert.Equal(new ProcessResult(0, "127.0.0.1\nMaster running (pid=N)\n", ""), result);
    }

    [Theory]
    [InlineData("-i $F/key")]
    [InlineData("-o IdentityFile=$F/key")]
    [InlineData("-F $F/config")]
    [InlineData("-o UserKnownHostsFile=$F/known", "no UTF-8")]
    [InlineData("-o RevokedHostKeys=$F/revoked", "revoked keys")]
    [InlineData("-E $F/log", "no UTF-8")]
    public async Task A_path_is_used_with_its_bytes_or_refused_by_name(string options, string? refusal = null)
    {
        var result = await ShellAsync(
            $$"""
            cd {{_folder.Path}}; F={{_folder.Path}}/$(printf 'd\351f'); mkdir $F; cp -p {{server.Sshd.UserKey}} $F/key; touch $F/revoked
            grep -v IdentityFile $CONFIG > config; cp $CONFIG $F/config
            $SSHMUX -F config {{options}} x 'echo in'
            """);
        if (refusal is null)
        {
            Assert.Equal(new ProcessResult(0, "in\n", ""), result);
            return;
        }

        Assert.Equal((255, ""), (result.ExitCode, result.Output));
        Assert.Contains(refusal, result.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("/d\uFFFDf", result.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_agents_socket_has_any_bytes()
    {
        var result = await ShellAsync(
            $$"""
            F={{_folder.Path}}/$(printf 'd\351f'); mkdir $F; grep -v IdentityFile $CONFIG > {{_folder.Path}}/config
            eval $(ssh-agent -a $F/agent) > /dev/null; trap 'ssh-agent -k > /dev/null' EXIT
            ssh-add -q {{server.Sshd.UserKey}}
            $SSHMUX -F {{_folder.Path}}/config -o IdentityAgent=SSH_AUTH_SOCK -o IdentitiesOnly=no -o IdentityFile=none x 'echo in'
            """);
        Assert.Equal(new ProcessResult(0, "in\n", ""), result);
    }

    [Fact]
    public async Task A_proxy_command_gets_a_value_with_its_bytes()
    {
        var result = await ShellAsync(
            $$"""
            SSHMUX_A=$(printf '\377\376z'); export SSHMUX_A
            $SSHMUX -F $CONFIG -o ProxyCommand='printf %%s "$SSHMUX_A" | od -An -tx1 >&2; exec nc %h %p' x 'echo in'
            """);
        Assert.Equal(new ProcessResult(0, "in\n", " ff fe 7a\n"), result);
    }

    private Task<ProcessResult> ShellAsync(string script) => ProcessResult.RunAsync(
        "env", [$"SSHMUX={SshMuxProgram.Path}", $"CONFIG={server.Sshd.SshConfig}", "sh", "-c", script]);
}
