using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SshMux.Engine.Forwarding.X11;

/// <summary>
/// The first message of an X11 client (X Window System Protocol, section 8, "Connection Setup"): a byte for the order
/// of bytes, versions, the lengths of authorization protocol and data, and those two, each padded to a multiple of 4.
/// </summary>
internal static class X11ConnectionSetup
{
    /// <summary>How long the message is at most, with whatever cookie.</summary>
    public const int MaxLength = HeadLength + 2 * ((X11Cookie.MaxLength + 3) & ~3);

    private const int HeadLength = 12;

    /// <summary>How long the message is when it names the cookie's protocol and has as much data.</summary>
    public static int LengthFor(X11Cookie cookie) =>
        HeadLength + Padded(cookie.Protocol.Length) + Padded(cookie.Fake.Length);

    /// <summary>
    /// Looks for the fake cookie in what a client has sent so far, and puts the real one in its place. Nothing is
    /// changed unless the message is whole and right. A message of another length than <see cref="LengthFor"/> cannot
    /// be right, and is refused as soon as that can be seen; so there is never more to keep.
    /// </summary>
    public static X11SetupCheck Substitute(Span<byte> received, X11Cookie cookie)
    {
        if (received.IsEmpty) return X11SetupCheck.Incomplete;
        var bigEndian = received[0] == (byte)'B';
        if (!bigEndian && received[0] != (byte)'l') return X11SetupCheck.Refused;
        if (received.Length < HeadLength) return X11SetupCheck.Incomplete;
        var protocolLength = ReadUInt16(received[6..], bigEndian);
        var dataLength = ReadUInt16(received[8..], bigEndian);
        if (protocolLength != cookie.Protocol.Length || dataLength != cookie.Fake.Length) return X11SetupCheck.Refused;
        if (received.Length < LengthFor(cookie)) return X11SetupCheck.Incomplete;

        var protocol = received.Slice(HeadLength, protocolLength);
        var data = received.Slice(HeadLength + Padded(protocolLength), dataLength);
        if (!protocol.SequenceEqual(cookie.Protocol)) return X11SetupCheck.Refused;
        if (!CryptographicOperations.FixedTimeEquals(data, cookie.Fake)) return X11SetupCheck.Refused;
        cookie.Real.CopyTo(data);
        return X11SetupCheck.Accepted;
    }

    private static int Padded(int length) => (length + 3) & ~3;

    private static int ReadUInt16(ReadOnlySpan<byte> bytes, bool bigEndian) => bigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(bytes)
        : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
}
