using System.Globalization;

namespace SshMux.Engine.Configuration;

/// <summary>
/// How the network is told what a connection carries (IPQoS): the type-of-service byte of its packets (the differentiated
/// services field of RFC 2474, with the two ECN bits) while somebody types, and else. Null: the system's own.
/// </summary>
internal readonly record struct ServiceClasses(byte? Interactive, byte? Bulk)
{
    // As the code points of RFC 2474, 2597, 3246, 5865 and 8622, two bits to the left.
    private static readonly Dictionary<string, byte> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["af11"] = 0x28,
        ["af12"] = 0x30,
        ["af13"] = 0x38,
        ["af21"] = 0x48,
        ["af22"] = 0x50,
        ["af23"] = 0x58,
        ["af31"] = 0x68,
        ["af32"] = 0x70,
        ["af33"] = 0x78,
        ["af41"] = 0x88,
        ["af42"] = 0x90,
        ["af43"] = 0x98,
        ["cs0"] = 0x00,
        ["cs1"] = 0x20,
        ["cs2"] = 0x40,
        ["cs3"] = 0x60,
        ["cs4"] = 0x80,
        ["cs5"] = 0xa0,
        ["cs6"] = 0xc0,
        ["cs7"] = 0xe0,
        ["ef"] = 0xb8,
        ["le"] = 0x04,
        ["va"] = 0xb0,
    };

    /// <summary>What OpenSSH 10.1 and later have by default: "ef cs0".</summary>
    public static ServiceClasses Default => new(0xb8, 0x00);

    /// <summary>A class as ssh -G prints it: its name, else a number as 0x10; null: there is no such class.</summary>
    internal static string? Print(string word)
    {
        if (Names.ContainsKey(word)) return word.ToLowerInvariant();
        if (IsNone(word)) return "none";
        if (ParseNumber(word) is not { } number) return null;
        foreach (var (name, value) in Names)
        {
            if (value == number) return name;
        }

        return string.Create(CultureInfo.InvariantCulture, $"0x{number:x2}");
    }

    /// <summary>Reads one or two words; one holds for both.</summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: it is none.</exception>
    internal static ServiceClasses Parse(string? value)
    {
        if (value is null) return Default;
        return SettingValues.Words(value) switch
        {
            [var both] => new ServiceClasses(Read(both, value), Read(both, value)),
            [var interactive, var bulk, ..] => new ServiceClasses(Read(interactive, value), Read(bulk, value)),
            _ => throw SettingValues.Invalid("IPQoS", value, "it has no value"),
        };
    }

    /// <summary>The three old names are no code points; OpenSSH leaves it to the system, too.</summary>
    private static bool IsNone(string word) =>
        word.ToLowerInvariant() is "none" or "lowdelay" or "throughput" or "reliability";

    private static byte? Read(string word, string value)
    {
        if (Names.TryGetValue(word, out var found)) return found;

        if (IsNone(word)) return null;
        return ParseNumber(word) ?? throw SettingValues.Invalid("IPQoS", value, "there is no such class");
    }

    /// <summary>A number, also as 0x10, which OpenSSH once took; null: it is none.</summary>
    private static byte? ParseNumber(string word)
    {
        var isHex = word.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var style = isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        return byte.TryParse(isHex ? word[2..] : word, style, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
