using SshMux.Engine;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Pipeline;
using ControlPathTemplate = SshMux.Engine.Configuration.ControlPath;

namespace SshMux.PowerShell.Cmdlets;

/// <content>The logins, side by side.</content>
public sealed partial class NewSshMasterCommand
{
    private readonly List<Task> _logins = [];
    private SemaphoreSlim _throttle = null!;
    private ConnectProgress _progress = null!;

    private void Begin()
    {
        _throttle = new SemaphoreSlim(ThrottleLimit);
        _progress = new ConnectProgress(this);
        _ = ShowProgressAsync();
    }

    private async Task ShowProgressAsync()
    {
        await Task.Delay(ConnectProgress.Patience, Stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Pump.Post(_progress.Show);
    }

    /// <summary>Begins with one host; what depends on the location is found out here, on the pipeline thread.</summary>
    private void Start(string host, string? name)
    {
        var query = QueryFor(host, SessionType.None, command: null);
        var template = ControlPath is null ? null : FullPath(ControlPath);
        var opener = OpenerFor(host, IsOneOfMany);
        var isOneOfMany = IsOneOfMany;
        _progress.Add(host);
        _logins.Add(Task.Run(() => RunAsync(
            host,
            isOneOfMany,
            async stop =>
            {
                var configuration = await LoadAsync(query, stop).ConfigureAwait(false);
                var path = template is null ? null : ControlPathTemplate.Expand(template, configuration.Tokens);
                return await OpenAsync(opener, configuration, name, path, stop).ConfigureAwait(false);
            })));
    }

    private async Task RunAsync(
        string host, bool isOneOfMany, Func<CancellationToken, Task<(Master Master, bool IsNew)>> open)
    {
        await _throttle.WaitAsync(Stop).ConfigureAwait(false);
        try
        {
            var (master, isNew) = await open(Stop).ConfigureAwait(false);
            await GiveAsync(host, master, isNew).ConfigureAwait(false);
        }
        catch (Exception e) when (ErrorRecords.FindReason(e) is { } reason)
        {
            var record = ErrorRecords.From(isOneOfMany ? ErrorRecords.Labelled(reason, host) : reason, host);
            await Pump.InvokeAsync(() =>
            {
                _progress.Remove(host, connected: false);
                WriteError(record);
            }).ConfigureAwait(false);
        }
        finally
        {
            _throttle.Release();
        }
    }

    /// <summary>Gives a master to the pipeline; a new one that the pipeline does not take any more is ended.</summary>
    private async Task GiveAsync(string host, Master master, bool isNew)
    {
        var isGiven = false;
        try
        {
            await Pump.InvokeAsync(() =>
            {
                isGiven = true;
                _progress.Remove(host, connected: true);
                WriteObject(master.ToPSObject());
            }).ConfigureAwait(false);
        }
        finally
        {
            if (!isGiven && isNew) await DropAsync(master).ConfigureAwait(false);
        }
    }

    private static async Task DropAsync(Master master)
    {
        MasterRegistry.Remove(master);
        try
        {
            await master.StopAsync(graceful: false, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SshException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>
    /// A new master, or the one that lives where this one would listen. As with ssh(1), a configured control path is
    /// there to be shared; one that was named for this very master only with ControlMaster auto.
    /// </summary>
    private async Task<(Master Master, bool IsNew)> OpenAsync(
        MasterOpener opener, HostConfiguration configuration, string? name, string? path, CancellationToken stop)
    {
        var shares = path is null || configuration.ControlMaster is ControlMasterMode.Auto or ControlMasterMode.AutoAsk;
        var where = path ?? configuration.ControlPath;
        if (shares && where is not null)
        {
            var found = await opener.FindAsync(where, configuration, stop).ConfigureAwait(false);
            if (found is not null) return (Shared(found, name), false);
        }

        try
        {
            return (await OpenNewAsync(opener, configuration, name, path, stop).ConfigureAwait(false), true);
        }
        catch (SshException e) when (e.Error == SshError.ControlSocketInUse && where is not null)
        {
            var found = await opener.FindAsync(where, configuration, stop).ConfigureAwait(false);
            if (found is null) throw;

            // Somebody was faster, perhaps another host of this very call.
            if (shares) return (Shared(found, name), false);
            throw new SshException(
                SshError.ControlSocketInUse,
                $"a master (process {found.ProcessId}) listens at {where} already. Use it with Invoke-SshMux "
                + $"-ControlPath {where}, end it with Stop-SshMux -ControlPath {where}, or have it given in place of a "
                + "new one with -Options @{ ControlMaster = 'auto' }",
                e);
        }
    }

    private Task<Master> OpenNewAsync(
        MasterOpener opener, HostConfiguration configuration, string? name, string? path, CancellationToken stop) =>
        IsBackground
            ? opener.OpenInBackgroundAsync(configuration, name, path, IdleLimit, stop)
            : opener.OpenAsync(configuration, name, path, stop);

    private Master Shared(Master found, string? name)
    {
        if (IsBackground && found.InThisProcess)
        {
            throw new SshException(
                SshError.ControlSocketInUse,
                $"the master {found.Name} of this process listens at {found.ControlPath} already, and ends with it; "
                + $"for one in the background end it with Stop-SshMux {found.Name}, or choose another -ControlPath");
        }

        if (name is not null && !name.Equals(found.Name, StringComparison.OrdinalIgnoreCase))
        {
            Pump.Post(() => WriteWarning(
                $"the master at {found.ControlPath} is used; it is called '{found.Name}', not '{name}'"));
        }

        return found;
    }
}
