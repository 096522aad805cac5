using System.Management.Automation;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Parameters;

/// <summary>
/// A TCP port, from 1 on. Nothing, as an empty cell of a table has it, is 0: no port is named.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PortAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var value = OneAttribute.Only(inputData);
        if (PSObjects.Unwrap(value) is null or "") return 0;
        return LanguagePrimitives.TryConvertTo<int>(value, out var port) && port is > 0 and <= 65535
            ? port
            : throw new ArgumentTransformationMetadataException($"'{value}' is no TCP port: these are 1 to 65535");
    }
}
