using System.Management.Automation;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Parameters;

/// <summary>
/// One text: neither a list of them, nor an object whose class's name PowerShell would take. A list of one is that one.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OneTextAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var one = OneAttribute.Only(inputData);
        if (one is null) return inputData;
        return ObjectText.Find(one, out var why) ?? throw new ArgumentTransformationMetadataException($"Here {why}");
    }
}
