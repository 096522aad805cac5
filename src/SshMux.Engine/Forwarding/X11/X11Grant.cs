using System.Globalization;

namespace SshMux.Engine.Forwarding.X11;

/// <summary>
/// An X server that clients on the other side may reach: those that show its fake cookie get to it with the real one.
/// </summary>
/// <param name="display">The X server.</param>
/// <param name="cookie">What opens it.</param>
/// <param name="limit">For how long it takes new clients; zero: without a limit.</param>
/// <param name="since">From when on, as a timestamp of the clock.</param>
/// <param name="time">The clock.</param>
internal sealed class X11Grant(X11Display display, X11Cookie cookie, TimeSpan limit, long since, TimeProvider time)
{
    private const string Form = "a display is the value of DISPLAY, a protocol's name, a cookie in hexadecimal, and seconds "
        + "if it is to have a limit";

    /// <summary>The X server.</summary>
    public X11Display Display => display;

    /// <summary>What opens it.</summary>
    public X11Cookie Cookie => cookie;

    /// <summary>Whether the time for new clients (ForwardX11Timeout) is over.</summary>
    public bool HasExpired =>
        limit > TimeSpan.Zero && time.GetElapsedTime(since) > limit + TimeSpan.FromSeconds(1);

    /// <summary>
    /// As a session's option has it: DISPLAY, the authorization protocol, the real cookie in hexadecimal, and the limit in
    /// seconds if there is one, with spaces between them.
    /// </summary>
    public string Text
    {
        get
        {
            var text = $"{display.Text} {cookie.ProtocolName} {cookie.RealText}";
            return limit > TimeSpan.Zero
                ? string.Create(CultureInfo.InvariantCulture, $"{text} {Math.Ceiling(limit.TotalSeconds):F0}")
                : text;
        }
    }

    /// <summary>Reads <see cref="Text"/>; a limit counts from now on.</summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: what is wrong with it.</exception>
    public static X11Grant Parse(string text, TimeProvider time)
    {
        // The same words as in the output of xauth list, and one more.
        var words = text.Split(' ');
        if (words.Length is not (3 or 4) || X11Cookie.Parse(text) is not { } cookie) throw Malformed();
        var seconds = 0u;
        if (words.Length == 4
            && (!uint.TryParse(words[3], NumberStyles.None, CultureInfo.InvariantCulture, out seconds) || seconds == 0))
        {
            throw Malformed();
        }

        return new X11Grant(
            X11Display.Parse(words[0]), cookie, TimeSpan.FromSeconds(seconds), time.GetTimestamp(), time);
    }

    private static SshException Malformed() => new(SshError.ConfigurationInvalid, Form);
}
