using System.Globalization;
using System.Text;
using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.Cli.Output;

/// <summary>
/// Shows what goes through sessions: one flow as the bytes that it is, or all of it as lines for people,
/// <c>TIME SESSION MARK TEXT</c>.
/// </summary>
/// <param name="flow">The flow; null: all.</param>
internal sealed class WatchPrinter(MuxWatchedKind? flow)
{
    /// <summary>Shows a piece. False if nobody takes it any more.</summary>
    public bool Show(MuxWatched seen)
    {
        if (flow is null) return Messages.Write(Messages.StandardOutput, Line(seen));
        if (seen.Kind == flow) return Messages.Write(Messages.StandardOutput, seen.Data.Span);
        if (seen.Kind == MuxWatchedKind.Lost)
        {
            Messages.WriteError(string.Create(
                CultureInfo.InvariantCulture, $"sshmux: too slow to watch: {seen.Count} bytes passed unseen\r\n"));
        }

        return true;
    }

    /// <summary>A piece as a line. Nothing of it can do anything to a terminal.</summary>
    internal static string Line(MuxWatched seen)
    {
        var what = seen.Kind switch
        {
            MuxWatchedKind.Input => $"> {Escape(seen.Data.Span)}",
            MuxWatchedKind.Output => $"< {Escape(seen.Data.Span)}",
            MuxWatchedKind.Error => $"! {Escape(seen.Data.Span)}",
            MuxWatchedKind.Lost => string.Create(CultureInfo.InvariantCulture, $"? {seen.Count} bytes passed unseen"),
            MuxWatchedKind.Begun => seen.Data.IsEmpty ? "+" : $"+ {Escape(seen.Data.Span)}",
            _ => "-",
        };
        return string.Create(
            CultureInfo.InvariantCulture, $"{seen.Time.ToLocalTime():HH:mm:ss.fff} {seen.Session} {what}\n");
    }

    /// <summary>Bytes as C writes them: what is not printable ASCII is \\n, \\r, \\t, \\e, \\\\ or \\xHH.</summary>
    private static string Escape(ReadOnlySpan<byte> data)
    {
        var text = new StringBuilder(data.Length + 16);
        foreach (var one in data)
        {
            _ = one switch
            {
                (byte)'\n' => text.Append("\\n"),
                (byte)'\r' => text.Append("\\r"),
                (byte)'\t' => text.Append("\\t"),
                0x1b => text.Append("\\e"),
                (byte)'\\' => text.Append(@"\\"),
                >= 0x20 and < 0x7f => text.Append((char)one),
                _ => text.Append(CultureInfo.InvariantCulture, $"\\x{one:x2}"),
            };
        }

        return text.ToString();
    }
}
