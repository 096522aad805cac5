using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Running;

/// <summary>Where a command runs: a master, or a host whose master has to be found or opened.</summary>
internal sealed class RunTarget
{
    private readonly Master? _master;
    private readonly HostQuery? _query;
    private readonly string? _hostName;

    /// <summary>A master, and what the user named it by.</summary>
    public RunTarget(object target, Master master)
    {
        Target = target;
        _master = master;
    }

    /// <summary>A host.</summary>
    public RunTarget(string hostName, HostQuery query)
    {
        Target = hostName;
        _hostName = hostName;
        _query = query;
    }

    /// <summary>What the user named: the target of its errors.</summary>
    public object Target { get; }

    /// <summary>The host, as far as it is known before its settings are read.</summary>
    public string Location => _hostName ?? _master!.Label;

    /// <summary>The file that takes the output; null: none does.</summary>
    public string? OutputFile { get; init; }

    /// <summary>The master, and the host's name.</summary>
    /// <exception cref="Engine.SshException">Why there is none.</exception>
    public async Task<(Master Master, string Label)> FindAsync(IRunHost host, CancellationToken cancellationToken)
    {
        if (_master is null) return await host.OpenAsync(_query!, cancellationToken).ConfigureAwait(false);
        await _master.LearnAsync(cancellationToken).ConfigureAwait(false);
        return (_master, _master.Label);
    }
}
