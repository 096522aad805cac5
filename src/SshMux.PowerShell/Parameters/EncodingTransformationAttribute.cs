using System.Globalization;
using System.Management.Automation;
using System.Text;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Parameters;

/// <summary>
/// Takes an encoding by the names that Set-Content knows, by .NET's names, and by the number of a code page.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class EncodingTransformationAttribute : ArgumentTransformationAttribute
{
    internal static readonly string[] Names =
    [
        "ansi", "ascii", "bigendianunicode", "bigendianutf32", "oem", "unicode", "utf8", "utf8BOM",
        "utf8NoBOM", "utf32",
    ];

    /// <inheritdoc />
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = PSObjects.Unwrap(OneAttribute.Only(inputData));
        try
        {
            return value switch
            {
                Encoding encoding => encoding,
                int codePage => FromCodePage(codePage),
                string name => FromName(name),
                _ => throw new ArgumentException($"'{value}' is not the name of an encoding"),
            };
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new ArgumentTransformationMetadataException(
                $"'{value}' is not an encoding that is known here; these are: {string.Join(", ", Names)}, and the "
                + "names and numbers of code pages",
                e);
        }
    }

    private static Encoding FromName(string name) => name.ToUpperInvariant() switch
    {
        "ANSI" => FromCodePage(CultureInfo.CurrentCulture.TextInfo.ANSICodePage),
        "ASCII" => Encoding.ASCII,
        "BIGENDIANUNICODE" => Encoding.BigEndianUnicode,
        "BIGENDIANUTF32" => new UTF32Encoding(bigEndian: true, byteOrderMark: true),
        "OEM" => FromCodePage(CultureInfo.CurrentCulture.TextInfo.OEMCodePage),
        "UNICODE" => Encoding.Unicode,
        "UTF8" or "UTF8NOBOM" => new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        "UTF8BOM" => Encoding.UTF8,
        "UTF32" => Encoding.UTF32,
        _ when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var codePage) =>
            FromCodePage(codePage),
        _ => CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name),
    };

    private static Encoding FromCodePage(int number) =>
        CodePagesEncodingProvider.Instance.GetEncoding(number) ?? Encoding.GetEncoding(number);
}
