using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>Points in time on the wire: a uint64, milliseconds since 1970 in UTC.</summary>
internal static class MuxTime
{
    private const ulong Last = 253_402_300_799_999; // of the year 9999

    /// <summary>Reads one, in UTC; what is beyond the year 9999 is its end.</summary>
    public static DateTime Read(ref SshReader reader) =>
        DateTime.UnixEpoch.AddMilliseconds(Math.Min(reader.ReadUInt64(), Last));

    /// <summary>Writes one, which is in UTC and not before 1970.</summary>
    public static void Write(ref SshWriter writer, DateTime time) =>
        writer.WriteUInt64((ulong)(time - DateTime.UnixEpoch).TotalMilliseconds);
}
