using System.Globalization;

namespace SshMux.Engine.Configuration.SshConfig;

/// <content>
/// Options that are not left to <c>ssh -G</c>, as they are younger than some OpenSSH that is installed:
/// ObscureKeystrokeTiming (9.5), ChannelTimeout (9.6), VersionAddendum and WarnWeakCrypto (10.1); what the files say of
/// them is up to ssh. And SshMuxPrewarm, which is our own.
/// </content>
internal sealed partial class HostConfiguration
{
    private const string ChannelTimeoutKeyword = "channeltimeout";
    private const string WarnWeakCryptoKeyword = "warnweakcrypto";
    private const string ObscureKeyword = "obscurekeystroketiming";
    private const string VersionAddendumKeyword = "versionaddendum";
    private const string PrewarmKeyword = "sshmuxprewarm";
    private const int MaxPrewarm = 100;
    private const int KeystrokeIntervalByDefault = 20; // milliseconds
    private const int MaxKeystrokeInterval = 1000;

    private static readonly string[] NewerKeywords =
        [ChannelTimeoutKeyword, ObscureKeyword, VersionAddendumKeyword, WarnWeakCryptoKeyword];

    /// <summary>After how much silence channels are closed.</summary>
    public ChannelTimeouts ChannelTimeouts { get; private set; } = ChannelTimeouts.None;

    /// <summary>
    /// How many sessions a master keeps open in advance, so that a command takes one round trip less (the option
    /// SshMuxPrewarm); 0 to 100.
    /// </summary>
    public int Prewarm { get; private set; }

    /// <summary>Whether to tell the user that a connection's key exchange is not post-quantum.</summary>
    public bool WarnWeakCrypto { get; private set; } = true;

    /// <summary>
    /// In which intervals packets leave while somebody types (ObscureKeystrokeTiming); zero: at once.
    /// </summary>
    public TimeSpan KeystrokeInterval { get; private set; }

    /// <summary>Whether the query has options that the installed ssh may refuse, as they are not left to it.</summary>
    public static bool HasOwnOptions(HostQuery query) =>
        TakeOption(query, PrewarmKeyword).Value is not null || TakeNewerOptions(query).Values.Count > 0;

    /// <summary>Takes the options out of the query that an older ssh does not know.</summary>
    private static (HostQuery Query, List<(string Keyword, string Value)> Values) TakeNewerOptions(HostQuery query)
    {
        var values = new List<(string, string)>();
        foreach (var keyword in NewerKeywords)
        {
            (query, var value) = TakeOption(query, keyword);
            if (value is not null) values.Add((keyword, value));
        }

        return (query, values);
    }

    private TimeSpan ReadKeystrokeInterval()
    {
        const string interval = "interval:";
        if (_values.First(ObscureKeyword) is { } value
            && value.StartsWith(interval, StringComparison.OrdinalIgnoreCase))
        {
            return int.TryParse(
                value[interval.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
                && milliseconds is > 0 and <= MaxKeystrokeInterval
                ? TimeSpan.FromMilliseconds(milliseconds)
                : throw SettingValues.Invalid(
                    "ObscureKeystrokeTiming", value, $"the interval must be 1 to {MaxKeystrokeInterval} milliseconds");
        }

        return _values.Flag(ObscureKeyword, true) ? TimeSpan.FromMilliseconds(KeystrokeIntervalByDefault) : TimeSpan.Zero;
    }

    /// <summary>
    /// WarnWeakCrypto: whether to warn; its one flag, no-pq-kex, switches the one warning off that there is.
    /// </summary>
    private bool ReadWarnWeakCrypto() =>
        _values.Choice(
            WarnWeakCryptoKeyword, true, ("yes", true), ("true", true), ("no", false), ("false", false),
            ("no-pq-kex", false));

    /// <summary>Takes the options with a keyword out of the query; gives the first one's value.</summary>
    private static (HostQuery Query, string? Value) TakeOption(HostQuery query, string keyword)
    {
        string? value = null;
        var others = new List<string>();
        foreach (var option in query.Options)
        {
            var text = option.Trim();
            var end = text.AsSpan().IndexOfAny("= \t");
            if (end < 0 || !SettingValues.Is(text[..end], keyword))
            {
                others.Add(option);
                continue;
            }

            var rest = text[end..].TrimStart(' ', '\t');
            if (rest.StartsWith('=')) rest = rest[1..];
            value ??= rest.Trim(' ', '\t', '"');
        }

        return value is null ? (query, null) : (query with { Options = others }, value);
    }
}
