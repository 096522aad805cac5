using SshMux.Cli.Arguments;
using SshMux.Cli.Output;
using SshMux.Cli.Processes;
using SshMux.Engine;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;

namespace SshMux.Cli.Commands;

/// <summary>
/// ControlPersist: the master is a process of its own in the background, and what this command was started for runs
/// over it as a client's session.
/// </summary>
internal static class PersistentMaster
{
    /// <summary>Whether this command starts such a master.</summary>
    public static bool IsWanted(HostConfiguration configuration, Messages messages)
    {
        if (configuration is not { ControlPersist: not null, ControlPath: { } path }) return false;
        if (configuration.ControlMaster is ControlMasterMode.Auto or ControlMasterMode.AutoAsk) return true;
        if (configuration.ControlMaster == ControlMasterMode.No) return false;

        // Only an automatic master makes way for one that is there.
        if (!File.Exists(path)) return true;
        messages.Error($"ControlSocket {path} already exists, disabling multiplexing");
        return false;
    }

    /// <summary>Starts the master, and runs over it.</summary>
    /// <exception cref="SshException">The master ended before it could be used.</exception>
    public static async Task<int> StartAndUseAsync(
        string[] arguments, Invocation invocation, Messages messages, BackgroundProcess? background)
    {
        // Status 0 without going to the background: another process was faster and has the control socket.
        var status = BackgroundStarter.Start(arguments, BackgroundKind.Master) ?? 0;
        if (status != 0) return status;
        if (invocation is { SessionType: SessionType.None, Line.StdioForward: null }) return 0;
        var path = invocation.Configuration.ControlPath!;
        return await new ClientCommand(invocation, messages, background)
            .TryRunAsync(path, CancellationToken.None).ConfigureAwait(false)
            ?? throw new SshException(SshError.MasterGone, $"the new master at {path} cannot be used");
    }
}
