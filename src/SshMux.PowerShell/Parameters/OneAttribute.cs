using System.Collections;
using System.Management.Automation;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Parameters;

/// <summary>
/// One value: of a list PowerShell says only that it "cannot convert System.Object[]". A list of one is that one.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OneAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => Only(inputData);

    /// <summary>The value itself, or the only one of a list.</summary>
    /// <exception cref="ArgumentTransformationMetadataException">There are several, or none.</exception>
    public static object? Only(object? value)
    {
        var plain = PSObjects.Unwrap(value);
        if (plain is string or IDictionary || plain is not IEnumerable items) return value;
        var all = items.Cast<object?>().ToList();
        return all.Count == 1
            ? all[0]
            : throw new ArgumentTransformationMetadataException(
                $"One value is meant here, and this is {(all.Count == 0 ? "an empty list" : $"a list of {all.Count}")}");
    }
}
