using System.Collections;
using System.Management.Automation;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Parameters;

/// <summary>
/// Keeps objects that are no host names from becoming some: PowerShell would make a text of any object that comes
/// through the pipeline. Those with a property HostName or ComputerName are bound by that.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class HostNamesAttribute : ArgumentTransformationAttribute
{
    private static readonly string[] Names = ["HostName", "ComputerName", "Cn"];

    /// <summary>
    /// Whether the property's value is taken here, where PowerShell does not bind by property name.
    /// </summary>
    public bool TakesProperty { get; init; }

    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var value = PSObjects.Unwrap(inputData);
        if (value is IEnumerable and not string and not IDictionary)
        {
            foreach (var one in (IEnumerable)value) Check(one);
        }
        else
        {
            Check(inputData);
        }

        if (!TakesProperty || value is null or string) return inputData;
        return value is IEnumerable all and not IDictionary
            ? all.Cast<object?>().Select(NameOf).ToArray()
            : NameOf(inputData);
    }

    private static object? NameOf(object? value)
    {
        if (PSObjects.Unwrap(value) is null or string or Uri or System.Net.IPAddress or IFormattable) return value;
        var properties = PSObject.AsPSObject(value).Properties;
        return Names.Select(name => properties[name]).First(property => property is not null)!.Value;
    }

    private static void Check(object? value)
    {
        if (PSObjects.Unwrap(value) is null or string or Uri or System.Net.IPAddress or IFormattable) return;
        var properties = PSObject.AsPSObject(value).Properties;
        if (Names.Any(name => properties[name] is not null)) return;
        throw new ArgumentTransformationMetadataException(
            $"'{value}' is no host name; give strings, or objects with a property HostName or ComputerName");
    }
}
