using System.Collections;
using System.Management.Automation;
using SshMux.Engine;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell;

/// <summary>What all cmdlets share: how masters are named in parameters, and errors, one for each item.</summary>
public abstract class SshCmdlet : PipelineCmdlet
{
    private protected const string ByMaster = "Master";
    private protected const string ByControlPath = "ControlPath";
    private protected const string ByHostName = "HostName";

    /// <summary>What a master tells has this tag on the information stream.</summary>
    internal const string NoticeTag = "SshMuxNotice";

    /// <summary>Whether more than one host or master may be at work: then every error names its own.</summary>
    private protected virtual bool IsOneOfMany => MyInvocation.ExpectingInput || AreSeveral;

    /// <summary>Whether the parameters name several, or may.</summary>
    private protected bool AreSeveral => new[] { ByMaster, ByControlPath, ByHostName }.Any(name =>
        MyInvocation.BoundParameters.TryGetValue(name, out var value)
        && (value is IList { Count: > 1 }
            || (value is IList { Count: 1 } items && PSObjects.Unwrap(items[0]) is string text
                && Wildcards.AreIn(text))));

    /// <summary>
    /// Does the work of <see cref="Try"/> on a master that may be one of several: then its error says which.
    /// </summary>
    private protected bool TryOn(Master master, object? target, Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (Exception e) when (ErrorRecords.FindReason(e) is { } reason)
        {
            WriteError(ErrorRecords.From(
                IsOneOfMany ? ErrorRecords.Labelled(reason, master.HostName ?? master.Name) : reason, target));
            return false;
        }
    }

    /// <summary>
    /// Shows what a master tells while something is under way on it: what does not work as a warning, the rest as
    /// information. Disposing the result ends that.
    /// </summary>
    /// <param name="master">The master.</param>
    /// <param name="label">What is put before it; null: nothing.</param>
    internal IDisposable Hear(Master master, string? label = null) => master.Notices.Hear(this, notice => Pump.Post(() =>
    {
        var text = label is null ? notice.Text : $"{label}: {notice.Text}";
        if (notice.IsWarning) WriteWarning(text);
        else WriteInformation(text, [NoticeTag]);
    }));

    /// <summary>
    /// Does one item's work; a failure of the engine becomes the item's error, and the next one gets its turn.
    /// </summary>
    /// <returns>Whether it worked.</returns>
    private protected bool Try(object? target, Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (Exception e) when (ErrorRecords.FindReason(e) is { } reason)
        {
            WriteError(ErrorRecords.From(reason, target));
            return false;
        }
    }

    /// <summary>A path as the user wrote it, in full: relative to the current location, with ~ and drives.</summary>
    /// <exception cref="SshException"><see cref="SshError.ControlPathInvalid"/>: it is not in the file
    /// system.</exception>
    private protected string FullPath(string path)
    {
        var full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        if (provider.Name == "FileSystem") return full;
        throw new SshException(
            SshError.ControlPathInvalid,
            $"'{path}' is in the PowerShell provider {provider.Name}, not in the file system");
    }

    /// <summary>
    /// The masters that a parameter's value means: an object, or a name with or without wildcards. What was a master in
    /// another process, in a file or before Select-Object, and everything else with a ControlPath, is the master there;
    /// with a Name alone, the one of that name. A name that nobody has is an error, unless it has wildcards.
    /// </summary>
    private protected IReadOnlyList<Master> ResolveMaster(object value)
    {
        switch (PSObjects.Unwrap(value))
        {
            case Master master:
                return [master];
            case string name:
                return ResolveName(name, value);
        }

        if (TextOf(value, nameof(Master.ControlPath)) is { } path)
        {
            Master? found = null;
            return Try(value, () => found = MasterAt(path)) ? [found!] : [];
        }

        if (TextOf(value, nameof(Master.Name)) is { } named) return ResolveName(named, value);
        WriteError(ErrorRecords.Make(
            ErrorRecords.InvalidInput,
            $"'{value}' is neither a master nor a master's name; give one of these, or an object with a ControlPath",
            ErrorCategory.InvalidArgument,
            value));
        return [];
    }

    /// <summary>The masters with a name, which may have wildcards; none if nobody has it.</summary>
    private protected static IReadOnlyList<Master> FindByName(string name)
    {
        var found = MasterRegistry.Find(name);
        return found.Count > 0 || Wildcards.AreIn(name) ? found : NamedSockets.Find(name);
    }

    /// <summary>
    /// The master at a control path: that of this process if it has one there, else whoever listens there.
    /// </summary>
    private protected Master MasterAt(string controlPath)
    {
        var full = FullPath(controlPath);
        return MasterRegistry.FindByControlPath(full) ?? SocketMaster.At(full);
    }

    private IReadOnlyList<Master> ResolveName(string name, object value)
    {
        var found = FindByName(name);
        if (Wildcards.AreIn(name) || found.Count == 1) return found;
        if (found.Count == 0)
        {
            WriteError(ErrorRecords.Make(
                ErrorRecords.MasterNotFound,
                $"there is no master named '{name}'; Get-SshMaster lists them, New-SshMaster opens one",
                ErrorCategory.ObjectNotFound,
                value));
            return [];
        }

        WriteError(ErrorRecords.Make(
            ErrorRecords.InvalidInput,
            $"several masters are called '{name}', at {string.Join(", ", found.Select(master => master.ControlPath))}; "
            + "name one of them with -ControlPath",
            ErrorCategory.InvalidArgument,
            value));
        return [];
    }

    private static string? TextOf(object value, string property)
    {
        try
        {
            var found = PSObject.AsPSObject(value).Properties[property]?.Value;
            return PSObjects.Unwrap(found) is string { Length: > 0 } text ? text : null;
        }
        catch (RuntimeException)
        {
            // A property that cannot be read is none.
            return null;
        }
    }
}
