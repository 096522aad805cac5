using System.Globalization;
using System.Management.Automation;
using SshMux.Engine;
using SshMux.Engine.Configuration;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Parameters;

/// <summary>
/// Reads a time: a TimeSpan, a number of seconds (PowerShell itself would take it for ticks), a text as ssh_config has
/// it ("90", "10m", "1h30m") or as .NET has it ("0:10:00").
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PersistTimeAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc />
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = OneAttribute.Only(inputData);
        TimeSpan time;
        try
        {
            time = PSObjects.Unwrap(value) switch
            {
                TimeSpan span => span,
                string text => Parse(text),
                null => default,
                var number => TimeSpan.FromSeconds(LanguagePrimitives.ConvertTo<double>(number)),
            };
        }
        catch (Exception e) when (e is SshException or PSInvalidCastException or OverflowException or ArgumentException)
        {
            throw new ArgumentTransformationMetadataException(
                "Give a TimeSpan, a number of seconds, or a time such as 90, 10m or 1h30m", e);
        }

        return time > TimeSpan.Zero && time < TimeSpan.FromDays(45)
            ? time
            : throw new ArgumentTransformationMetadataException("The time must be more than 0, and less than 45 days");
    }

    /// <summary>With a colon [days.]hours:minutes[:seconds]; TimeSpan.Parse makes 25 days of 25:00:00.</summary>
    private static TimeSpan Parse(string text) =>
        text.Contains(':', StringComparison.Ordinal)
        && !text.Any(char.IsWhiteSpace)
        && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var span)
            ? span
            : ConfigurationTime.Parse("the time", text);
}
