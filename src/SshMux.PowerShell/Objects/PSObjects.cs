using System.Management.Automation;

namespace SshMux.PowerShell.Objects;

/// <summary>Output objects under the names that users and format views know them by.</summary>
internal static class PSObjects
{
    /// <summary>The object with <paramref name="typeName"/> before its .NET type's names.</summary>
    public static PSObject Named(object value, string typeName)
    {
        var result = PSObject.AsPSObject(value);
        if (result.TypeNames[0] != typeName) result.TypeNames.Insert(0, typeName);
        return result;
    }

    /// <summary>The object with a property HostName; it is itself all the same.</summary>
    public static PSObject FromHost(object value, string hostName)
    {
        var result = new PSObject(value);

        // Nothing of the name can be there before; to look would take longer than all else that a line takes.
        result.Properties.Add(new PSNoteProperty("HostName", hostName), preValidated: true);
        return result;
    }

    /// <summary>The object without PowerShell's wrapping.</summary>
    public static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
