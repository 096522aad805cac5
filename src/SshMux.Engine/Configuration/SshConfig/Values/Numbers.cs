using System.Globalization;
using SshMux.Engine.Configuration.SshConfig.Syntax;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Configuration.SshConfig.Values;

/// <summary>Values that are numbers, times, sizes and ports.</summary>
internal static class Numbers
{
    // As C's strtonum reads numbers.
    private const NumberStyles Signed = NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite;

    private const int MaxKeystrokeInterval = 1000; // milliseconds

    /// <summary>A number from 0.</summary>
    public static IReadOnlyList<string>? Number(Arguments arguments) => [Text(ParseNumber(arguments.Next()))];

    /// <summary>SshMuxPrewarm, our own: 0 to 100.</summary>
    public static IReadOnlyList<string>? Prewarm(Arguments arguments) =>
        int.TryParse(arguments.Demand(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= 100
            ? [Text(count)]
            : throw new SettingProblem("integer value invalid; it must be a number from 0 to 100");

    /// <summary>A time; "none" sets nothing.</summary>
    public static IReadOnlyList<string>? Time(Arguments arguments)
    {
        var word = arguments.Demand("missing time value.");
        return word == "none" ? null : [Text(ConfigurationTime.TryParse(word) ?? throw InvalidTime())];
    }

    /// <summary>Port.</summary>
    public static IReadOnlyList<string>? Port(Arguments arguments)
    {
        var word = arguments.Demand();
        return PortNumber(word) is > 0 and var port
            ? [Text(port)]
            : throw new SettingProblem($"Bad port '{word}'; it must be a number from 1 to 65535, or a service's name");
    }

    /// <summary>ControlPersist: no, yes, or a time; a time of 0 is yes.</summary>
    public static IReadOnlyList<string>? ControlPersist(Arguments arguments) =>
        arguments.Demand("Missing ControlPersist argument.") switch
        {
            "no" or "false" => ["no"],
            "yes" or "true" => ["yes"],
            var word => ConfigurationTime.TryParse(word) switch
            {
                null => throw new SettingProblem(
                    "Bad ControlPersist argument; it must be yes, no, or a time such as 10m"),
                0 => ["yes"],
                var seconds => [Text(seconds.Value)],
            },
        };

    /// <summary>The bytes of RekeyLimit; 0: the default.</summary>
    public static IReadOnlyList<string>? RekeyLimit(Arguments arguments)
    {
        var word = arguments.Demand();
        if (word == "default") return ["0"];
        if (ParseScaled(word) is not { } bytes)
        {
            throw new SettingProblem($"Bad number '{word}': Invalid argument; it must be a size such as 512M or 1G");
        }

        return bytes switch
        {
            > long.MaxValue => throw new SettingProblem($"Bad number '{word}': Numerical result out of range"),
            0 or >= 16 => [bytes.ToString(CultureInfo.InvariantCulture)],
            _ => throw new SettingProblem("RekeyLimit too small; it must be 16 or more, or default"),
        };
    }

    /// <summary>AddKeysToAgent: yes, no, ask, confirm, a time, or confirm and a time.</summary>
    public static IReadOnlyList<string>? AddKeysToAgent(Arguments arguments)
    {
        var (word, time) = (arguments.Demand("missing argument."), arguments.Next());
        return (word.ToLowerInvariant(), time) switch
        {
            ("yes" or "true", null) => ["true"],
            ("no" or "false", null) => ["false"],
            ("ask", null) => ["ask"],
            ("confirm", null) => ["confirm"],
            ("confirm", _) => ConfigurationTime.TryParse(time) switch
            {
                null => throw InvalidTime(),
                0 => ["confirm"],
                var seconds => ["confirm", Text(seconds.Value)],
            },
            (_, null) when ConfigurationTime.TryParse(word) is { } seconds => seconds == 0 ? ["true"] : [Text(seconds)],
            _ => throw new SettingProblem("unsupported option; it must be yes, no, ask, confirm, or a time such as 1h"),
        };
    }

    /// <summary>ObscureKeystrokeTiming: yes, no, or interval:MILLISECONDS.</summary>
    public static IReadOnlyList<string>? KeystrokeTiming(Arguments arguments)
    {
        const string interval = "interval:";
        const int byDefault = 20;
        string? value = null;
        while (arguments.Next() is { } word)
        {
            if (value is not null) throw new SettingProblem("invalid arguments");
            value = word switch
            {
                "yes" or "true" => "yes",
                "no" or "false" => "no",
                _ when !word.StartsWith(interval, StringComparison.Ordinal) => throw new SettingProblem(
                    $"unsupported argument \"{word}\"; it must be yes, no, or interval: and milliseconds"),
                _ => ParseNumber(word[interval.Length..]) switch
                {
                    byDefault => "yes",
                    > 0 and <= MaxKeystrokeInterval and var number => Text(number),
                    _ => throw new SettingProblem($"value out of range; it must be 1 to {MaxKeystrokeInterval}"),
                },
            };
        }

        return value is null ? throw new SettingProblem("missing argument") : [value];
    }

    /// <summary>StreamLocalBindMask, in octal.</summary>
    public static IReadOnlyList<string>? BindMask(Arguments arguments)
    {
        var word = arguments.Demand("Missing StreamLocalBindMask argument.");
        var value = 0;
        foreach (var digit in word.AsSpan().TrimStart())
        {
            if (digit is < '0' or > '7') break;
            if ((value = (value * 8) + (digit - '0')) > 0x1ff) break;
        }

        if (word.AsSpan().TrimStart() is not [>= '0' and <= '7', ..] || value > 0x1ff)
        {
            throw new SettingProblem("Bad mask; it must be an octal number to 0777");
        }

        return ['0' + Convert.ToString(value, 8)];
    }

    /// <summary>TunnelDevice: numbers, or any.</summary>
    public static IReadOnlyList<string>? TunnelDevice(Arguments arguments)
    {
        var word = arguments.Demand();
        var colon = word.IndexOf(':', StringComparison.Ordinal);
        return [One(colon < 0 ? word : word[..colon]), colon < 0 ? "any" : One(word[(colon + 1)..])];

        static string One(string text) => text.Equals("any", StringComparison.OrdinalIgnoreCase) ? "any"
            : int.TryParse(text, Signed, CultureInfo.InvariantCulture, out var number)
                && number is >= 0 and <= int.MaxValue - 2 ? Text(number)
            : throw new SettingProblem("Bad tun device.");
    }

    /// <summary>A port's number or a service's name; null if it is neither.</summary>
    public static int? PortNumber(string text) =>
        int.TryParse(text, Signed, CultureInfo.InvariantCulture, out var number)
            ? number is >= 0 and <= ushort.MaxValue ? number : null
            : ServicePort.Find(text);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static SettingProblem InvalidTime() =>
        new("invalid time value; it must be a time such as 90, 2m or 1h30m");

    private static int ParseNumber(string? word)
    {
        if (string.IsNullOrEmpty(word)) throw new SettingProblem("integer value missing.");
        if (int.TryParse(word, Signed, CultureInfo.InvariantCulture, out var number))
        {
            return number >= 0 ? number : throw new SettingProblem("integer value too small.");
        }

        throw new SettingProblem(word.AsSpan().ContainsAnyExceptInRange('0', '9')
            ? "integer value invalid." : "integer value too large.");
    }

    /// <summary>
    /// A size with K, M, G, T, P or E behind it, as scan_scaled(3) reads it; null if it is none.
    /// </summary>
    private static decimal? ParseScaled(string text)
    {
        text = text.TrimStart();
        var shift = "BKMGTPE".IndexOf(text.Length == 0 ? ' ' : char.ToUpperInvariant(text[^1]), StringComparison.Ordinal);
        var digits = shift < 0 ? text : text[..^1];
        const NumberStyles style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        if (digits.Length == 0) return text.Length == 0 ? null : 0;
        if (!decimal.TryParse(digits, style, CultureInfo.InvariantCulture, out var number)) return null;
        return decimal.Truncate(number * (1L << (10 * Math.Max(shift, 0))));
    }
}
