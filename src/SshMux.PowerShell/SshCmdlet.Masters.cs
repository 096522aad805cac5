using System.Management.Automation;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell;

/// <content>How masters are named in parameters.</content>
public abstract partial class SshCmdlet
{
    private protected const string ByMaster = "Master";
    private protected const string ByControlPath = "ControlPath";
    private protected const string ByHostName = "HostName";

    /// <summary>
    /// The masters that a parameter's value means: an object, or a name with or without wildcards. A name that nobody
    /// has is an error, unless it has wildcards.
    /// </summary>
    private protected IReadOnlyList<Master> ResolveMaster(object value)
    {
        switch (PSObjects.Unwrap(value))
        {
            case Master master:
                return [master];
            case string name:
                var found = MasterRegistry.Find(name);
                if (found.Count == 0 && !Wildcards.AreIn(name))
                {
                    WriteError(ErrorRecords.Make(
                        ErrorRecords.MasterNotFound,
                        $"there is no master named '{name}'; Get-SshMaster lists them, New-SshMaster "
                        + "opens one",
                        ErrorCategory.ObjectNotFound,
                        name));
                }

                return found;
            default:
                WriteError(ErrorRecords.Make(
                    ErrorRecords.InvalidInput,
                    $"'{value}' is neither a master nor a master's name",
                    ErrorCategory.InvalidArgument,
                    value));
                return [];
        }
    }

    /// <summary>
    /// The master at a control path: that of this process if it has one there, else whoever listens there.
    /// </summary>
    private protected Master MasterAt(string controlPath)
    {
        var full = FullPath(controlPath);
        return MasterRegistry.FindByControlPath(full) ?? SocketMaster.At(full);
    }
}
