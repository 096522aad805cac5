using System.Management.Automation;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell.Cmdlets;

/// <content>How masters are named in parameters.</content>
public abstract partial class SshCmdlet
{
    private protected const string ByMaster = "Master";
    private protected const string ByControlPath = "ControlPath";
    private protected const string ByHostName = "HostName";

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
