using System.Security.Cryptography;
using System.Text;

namespace SshMux.Engine.Forwarding.X11;

/// <summary>
/// What authorizes clients of a forwarded X server. The server side of the connection gets a fake of the same kind and
/// length; the real one never leaves this machine (RFC 4254 section 6.3.1).
/// </summary>
internal sealed class X11Cookie
{
    /// <summary>
    /// How many bytes a protocol's name, or a cookie, has at most: more is not taken from xauth's output. The lengths in
    /// X11's first message have 16 bits.
    /// </summary>
    public const int MaxLength = 255;

    private const string MagicCookie = "MIT-MAGIC-COOKIE-1";
    private const int MagicCookieLength = 16;

    private readonly byte[] _protocol;
    private readonly byte[] _real;
    private readonly byte[] _fake;

    private X11Cookie(string protocol, byte[] real)
    {
        ProtocolName = protocol;
        _protocol = Encoding.ASCII.GetBytes(protocol);
        _real = real;
        _fake = RandomNumberGenerator.GetBytes(real.Length);
    }

    /// <summary>The authorization protocol's name, as in x11-req.</summary>
    public string ProtocolName { get; }

    /// <summary>The name as X11 clients send it.</summary>
    public ReadOnlySpan<byte> Protocol => _protocol;

    /// <summary>What the X server wants to see.</summary>
    public ReadOnlySpan<byte> Real => _real;

    /// <summary>What clients on the other side show.</summary>
    public ReadOnlySpan<byte> Fake => _fake;

    /// <summary>The fake one in hexadecimal, as in x11-req.</summary>
    public string FakeText => Convert.ToHexStringLower(_fake);

    /// <summary>The real one in hexadecimal, as xauth lists it.</summary>
    public string RealText => Convert.ToHexStringLower(_real);

    /// <summary>
    /// A cookie for an X server that wants none, or lets clients in by other means: it ignores the random data.
    /// </summary>
    public static X11Cookie CreateArbitrary() => new(MagicCookie, RandomNumberGenerator.GetBytes(MagicCookieLength));

    /// <summary>
    /// Takes the first line of <c>xauth list</c>: display name, protocol, data in hexadecimal. Null if that is not what
    /// it is.
    /// </summary>
    public static X11Cookie? Parse(string line)
    {
        var words = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 3 || words[1].Length > MaxLength || words[2].Length > 2 * MaxLength) return null;
        if (!Ascii.IsValid(words[1]) || words[2].Length % 2 != 0) return null;
        return words[2].All(char.IsAsciiHexDigit)
            ? new X11Cookie(words[1], Convert.FromHexString(words[2]))
            : null;
    }
}
