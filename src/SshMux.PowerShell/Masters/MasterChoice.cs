using SshMux.Engine;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Masters;

/// <summary>Which master New-SshMaster gives for a host.</summary>
/// <param name="name">The name that was asked for; null: any.</param>
/// <param name="isBackground">Whether it is to outlive this process.</param>
/// <param name="idleLimit">After how long without use one in the background ends; null: as configured.</param>
/// <param name="warn">Tells the user of what is not as it was asked for; from any thread.</param>
internal sealed class MasterChoice(string? name, bool isBackground, TimeSpan? idleLimit, Action<string> warn)
{
    /// <summary>
    /// A new master, or the one that lives where this one would listen. As with ssh(1), a configured control path is
    /// there to be shared; one that was named for this very master only with ControlMaster auto.
    /// </summary>
    /// <exception cref="SshException">Why there is none.</exception>
    public async Task<(Master Master, bool IsNew)> OpenAsync(
        MasterOpener opener, HostConfiguration configuration, string? path, CancellationToken cancellationToken)
    {
        var shares = path is null || configuration.ControlMaster is ControlMasterMode.Auto or ControlMasterMode.AutoAsk;
        var where = path ?? MasterOpener.ControlPathOf(configuration);
        if (shares && where is not null)
        {
            var found = await opener.FindAsync(where, configuration, cancellationToken).ConfigureAwait(false);
            if (found is not null) return (Shared(found), false);
        }

        try
        {
            return (await OpenNewAsync(opener, configuration, path, cancellationToken).ConfigureAwait(false), true);
        }
        catch (SshException e) when (e.Error == SshError.ControlSocketInUse && where is not null)
        {
            var found = await opener.FindAsync(where, configuration, cancellationToken).ConfigureAwait(false);
            if (found is null) throw;

            // Somebody was faster, perhaps another host of this very call.
            if (shares) return (Shared(found), false);
            throw new SshException(
                SshError.ControlSocketInUse,
                $"a master (process {found.ProcessId}) listens at {where} already. Use it with Invoke-SshMux "
                + $"-ControlPath {where}, end it with Stop-SshMux -ControlPath {where}, or have it given in place of a "
                + "new one with -Options @{ ControlMaster = 'auto' }",
                e);
        }
    }

    private Task<Master> OpenNewAsync(
        MasterOpener opener, HostConfiguration configuration, string? path, CancellationToken cancellationToken) =>
        isBackground
            ? opener.OpenInBackgroundAsync(configuration, name, path, idleLimit, cancellationToken)
            : opener.OpenAsync(configuration, name, path, cancellationToken);

    private Master Shared(Master found)
    {
        if (isBackground && found.InThisProcess)
        {
            throw new SshException(
                SshError.ControlSocketInUse,
                $"the master {found.Name} of this process listens at {found.ControlPath} already, and ends with it; "
                + $"for one in the background end it with Stop-SshMux {found.Name}, or choose another -ControlPath");
        }

        if (name is not null && !name.Equals(found.Name, StringComparison.OrdinalIgnoreCase))
        {
            warn($"the master at {found.ControlPath} is used; it is called '{found.Name}', not '{name}'");
        }

        return found;
    }
}
