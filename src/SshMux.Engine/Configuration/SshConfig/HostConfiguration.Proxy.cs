using SshMux.Engine.Configuration.SshConfig.Reading;

namespace SshMux.Engine.Configuration.SshConfig;

/// <content>The hosts and programs between us and the host.</content>
internal sealed partial class HostConfiguration
{
    /// <summary>
    /// The settings of the last host of <see cref="ProxyJump"/>, as ssh(1) reads them for it: it has its own in the
    /// configuration files, and of the command line (the query) only -F holds for it, too; as there, it is asked for a
    /// stdio forward (<c>ssh -W</c>). Null without a jump host.
    /// </summary>
    /// <exception cref="SshException">As <see cref="LoadAsync"/>.</exception>
    internal async Task<HostConfiguration?> LoadJumpHostAsync(CancellationToken cancellationToken)
    {
        if (ProxyJump is not { } jump) return null;
        var (last, before) = JumpHost.Parse(jump);
        last.DemandValidNames();

        // By its other name, which ssh(1) does not look at, but starts itself without end.
        if (last.Host == Host && (last.Port ?? Port) == Port && (last.User ?? User) == User) throw Loop(last);
        var query = new HostQuery
        {
            Host = last.Host,
            User = last.User,
            Port = last.Port,
            ConfigFile = _query.ConfigFile,
            StdioForward = true,
            Options = before is null ? [] : [$"ProxyJump={before}"],
        };
        return await LoadAsync(query, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Refuses a host that would be reached over itself.</summary>
    private void CheckJump(JumpHost last)
    {
        if (last.Host == HostName && (last.Port ?? 22) == Port && (last.User ?? User) == User) throw Loop(last);
    }

    private static SshException Loop(JumpHost host) => new(
        SshError.ConfigurationInvalid,
        $"jumphost loop via {host.Host}: it would be reached over itself; give it ProxyJump none in a Host " +
        "section of its own, before the one that sets ProxyJump");

    /// <summary>The ProxyCommand with its tokens %% %h %k %n %p %r expanded; null without one.</summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: an unknown token.</exception>
    internal string? ExpandProxyCommand()
    {
        if (ProxyCommand is not { } command) return null;
        return Tokens.ExpandPercent(command, "ProxyCommand", "%hknpr");
    }
}
