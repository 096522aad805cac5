using System.Globalization;
using System.Net;
using System.Text;
using SshMux.Engine.Transport.Algorithms;

namespace SshMux.Engine.Transport;

/// <summary>A connection as OpenSSH 10.6 describes it (connection_info_message). Pure.</summary>
internal sealed record ConnectionDescription
{
    private const string Units = "BKMGTPE";

    public required string Machine { get; init; }

    public required int ProcessId { get; init; }

    /// <summary>Both version lines, without the protocol's name and version.</summary>
    public required (string Ours, string Servers) Versions { get; init; }

    /// <summary>Our end; null if it is no TCP connection.</summary>
    public IPEndPoint? Local { get; init; }

    /// <summary>The server's end; null if it is no TCP connection.</summary>
    public IPEndPoint? Remote { get; init; }

    public required NegotiatedAlgorithms Algorithms { get; init; }

    /// <summary>How long it has been there.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>
    /// After how many cipher blocks from the server new keys are exchanged; null if nobody has set a limit (RekeyLimit).
    /// </summary>
    public required long? RekeyBlocksIn { get; init; }

    /// <summary>After how many cipher blocks to the server new keys are exchanged.</summary>
    public required long? RekeyBlocksOut { get; init; }

    public TimeSpan? RekeyInterval { get; init; }

    /// <summary>When new keys are due, in local time; null before the login is done.</summary>
    public DateTime? NextRekey { get; init; }

    /// <summary>Packets and cipher blocks with the present keys, and all bytes.</summary>
    public required (long Packets, long Blocks, long Bytes) In { get; init; }

    /// <inheritdoc cref="In"/>
    public required (long Packets, long Blocks, long Bytes) Out { get; init; }

    /// <summary>
    /// Bytes on the wire and what they were before compression, since the present keys; null without compression.
    /// </summary>
    public (long Compressed, long Raw)? CompressedIn { get; init; }

    /// <inheritdoc cref="CompressedIn"/>
    public (long Compressed, long Raw)? CompressedOut { get; init; }

    /// <summary>The lines, each with CR LF.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Add($"Connection information for {Machine} pid {ProcessId}");
        Add($"  versions {Versions.Ours} -> {Versions.Servers}");
        if (Local is not null && Remote is not null)
        {
            Add($"  tcp {Address(Local)}:{Local.Port} -> {Address(Remote)}:{Remote.Port}");
        }

        Add($"  duration {Frame(Duration)}");
        Add($"  kexalgorithm {Algorithms.KeyExchange}");
        Add($"  hostkeyalgorithm {Algorithms.HostKey}");
        Add($"  cipher {Both(Algorithms.CipherIn, Algorithms.CipherOut)}");
        Add($"  mac {Both(Algorithms.MacIn ?? "<implicit>", Algorithms.MacOut ?? "<implicit>")}");
        Add($"  compression {Both(Algorithms.CompressionIn, Algorithms.CompressionOut)}");
        Add($"  rekey limit {Limit()} {Interval()}");
        Add($"  traffic {Traffic(In)} in, {Traffic(Out)} out");
        if (CompressedIn is not null || CompressedOut is not null)
        {
            Add($"    compressed {Ratio(CompressedIn)} in, {Ratio(CompressedOut)} out");
        }

        return text.ToString();

        void Add(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append("\r\n");
    }

    /// <summary>As fmt_scaled(3) writes it: three digits at most before the unit.</summary>
    internal static string Scaled(long number)
    {
        if (number == 0) return "0B";
        var unit = 0;
        var scale = 1L;
        while (unit < Units.Length - 1 && number / 1024 >= scale)
        {
            scale *= 1024;
            unit++;
        }

        var whole = number / scale;
        if (unit == 0) return string.Create(CultureInfo.InvariantCulture, $"{whole}B");
        var tenths = ((10 * (number % scale / (scale / 1024))) + 512) / 1024;
        if (tenths >= 10)
        {
            whole++;
            tenths = 0;
        }

        return whole >= 100
            ? string.Create(CultureInfo.InvariantCulture, $"{(tenths >= 5 ? whole + 1 : whole)}{Units[unit]}")
            : string.Create(CultureInfo.InvariantCulture, $"{whole}.{tenths}{Units[unit]}");
    }

    private static string Address(IPEndPoint end) =>
        (end.Address.IsIPv4MappedToIPv6 ? end.Address.MapToIPv4() : end.Address).ToString();

    private static string Both(string @in, string @out) => @in == @out ? @in : $"{@in} in, {@out} out";

    private static string Ratio((long Compressed, long Raw)? bytes)
    {
        // A direction without compression has empty numbers there.
        if (bytes is not var (compressed, raw)) return "/ (*0.000)";
        var ratio = raw == 0 ? 0 : (double)compressed / raw;
        return string.Create(CultureInfo.InvariantCulture, $"{Scaled(compressed)}/{Scaled(raw)} (*{ratio:F3})");
    }

    private string Limit() => (RekeyBlocksIn, RekeyBlocksOut) is ({ } @in, { } @out)
        ? "blocks " + Both(Number(@in), Number(@out))
        : "none";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Traffic((long Packets, long Blocks, long Bytes) traffic) => string.Create(
        CultureInfo.InvariantCulture, $"{traffic.Packets} pkts {traffic.Blocks} blks {Scaled(traffic.Bytes)}B");

    private string Interval()
    {
        if (RekeyInterval is not { } interval) return "interval none";
        var next = NextRekey?.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture) ?? "UNKNOWN-TIME";
        return $"interval {Frame(interval)}, next {next}";
    }

    /// <summary>As fmt_timeframe of OpenSSH writes it: 1w2d03h, 2d03h04m or 03:04:05.</summary>
    private static string Frame(TimeSpan time)
    {
        var (weeks, days) = (time.Days / 7, time.Days % 7);
        return weeks > 0 ? string.Create(CultureInfo.InvariantCulture, $"{weeks:00}w{days}d{time.Hours:00}h")
            : days > 0 ? string.Create(CultureInfo.InvariantCulture, $"{days}d{time.Hours:00}h{time.Minutes:00}m")
            : string.Create(CultureInfo.InvariantCulture, $"{time.Hours:00}:{time.Minutes:00}:{time.Seconds:00}");
    }
}
