using SshMux.Engine.Configuration;

namespace SshMux.PowerShell.Running;

/// <summary>Where a command runs: a master, or a host whose master has to be found or opened.</summary>
internal sealed class RunTarget
{
    private readonly Master? _master;
    private readonly HostQuery? _query;

    /// <summary>A master, and what the user named it by.</summary>
    public RunTarget(object target, Master master)
    {
        Target = target;
        Location = master.Label;
        _master = master;
    }

    /// <summary>A host.</summary>
    public RunTarget(string hostName, HostQuery query)
    {
        Target = hostName;
        Location = hostName;
        _query = query;
    }

    /// <summary>What the user named: the target of its errors.</summary>
    public object Target { get; }

    /// <summary>The host, as far as it is known before its settings are read.</summary>
    public string Location { get; }

    /// <summary>The file that takes the output; null: none does.</summary>
    public string? OutputFile { get; init; }

    /// <summary>The master, and the host's name.</summary>
    /// <exception cref="Engine.SshException">Why there is none.</exception>
    public Task<(Master Master, string Label)> FindAsync(IRunHost host, CancellationToken cancellationToken) =>
        _master is null
            ? host.OpenAsync(_query!, cancellationToken)
            : Task.FromResult((_master, _master.Label));
}
