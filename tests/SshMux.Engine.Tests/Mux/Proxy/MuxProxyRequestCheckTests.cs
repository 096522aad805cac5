using System.Text;
using SshMux.Engine.Mux.Proxy;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Mux.Proxy;

/// <summary>What a client in proxy mode may ask the server for, and how it must be formed.</summary>
public class MuxProxyRequestCheckTests
{
    private const string Modes = "00000007 01 00000003 00 a0";

    public static TheoryData<string, string> Requests => new()
    {
        { "shell", "" },
        { "auth-agent-req@openssh.com", "" },
        { "eow@openssh.com", "" },
        { "exec", "00000002 6c73" },
        { "subsystem", "00000004 73667470" },
        { "signal", "00000004 5445524d" },
        { "env", "00000001 61 00000001 62" },
        { "pty-req", "00000005 787465726d 00000050 00000018 00000000 00000000" + Modes },
        { "window-change", "00000050 00000018 00000000 00000000" },
        { "break", "000001f4" },
        { "x11-req", "01 00000001 61 00000001 62 00000000" },
    };

    public static TheoryData<string, string> Opens => new()
    {
        { "session", "" },
        { "direct-tcpip", "00000001 61 00000016 00000001 62 00000017" },
        { "direct-streamlocal@openssh.com", "00000002 2f61 00000000 00000000" },
        { "tun@openssh.com", "00000001 7fffffff" },
    };

    [Theory, MemberData(nameof(Requests))]
    public void A_request_is_formed_as_its_type_demands(string type, string hex)
    {
        var fields = Bytes(hex);
        MuxProxyRequestCheck.Check(type, new SshReader(fields));
        ExpectRefusal(() => MuxProxyRequestCheck.Check(type, new SshReader([.. fields, 0])));
        foreach (var length in Enumerable.Range(0, fields.Length))
        {
            ExpectRefusal(() => MuxProxyRequestCheck.Check(type, new SshReader(fields.AsSpan(0, length))));
        }
    }

    [Theory, MemberData(nameof(Requests))]
    public void A_request_of_a_type_that_is_not_known_is_left_alone(string type, string hex)
    {
        var wrong = Bytes(hex + "ff");
        foreach (var other in OneLetterOff(type)) MuxProxyRequestCheck.Check(other, new SshReader(wrong));
    }

    [Theory]
    [InlineData("exec", "00000002 6100")]
    [InlineData("env", "00000001 61 00000001 00")]
    [InlineData("x11-req", "01 00000001 61 00000001 00 00000000")]
    [InlineData("ex\0ec", "00000002 6c73")]
    public void No_string_has_a_NUL_in_it(string type, string hex) =>
        ExpectRefusal(() => MuxProxyRequestCheck.Check(type, new SshReader(Bytes(hex))));

    [Theory]
    [InlineData("00000000")] // none at all
    [InlineData("00000001 00")]
    [InlineData("00000005 01 00000003")] // no end
    [InlineData("00000003 a0 ffff")] // nothing is read behind an opaque one
    public void Terminal_modes_end_where_a_server_stops_reading(string modes) => MuxProxyRequestCheck.Check(
        "pty-req", new SshReader(Bytes("00000001 61 00000000 00000000 00000000 00000000" + modes)));

    [Theory, MemberData(nameof(Opens))]
    public void A_channel_is_asked_for_as_its_type_demands(string type, string hex)
    {
        var fields = Bytes(hex);
        Assert.True(MuxProxyRequestCheck.IsKnownOpen(type, fields));
        ExpectRefusal(() => MuxProxyRequestCheck.IsKnownOpen(type, [.. fields, 0]));
        foreach (var length in Enumerable.Range(0, fields.Length))
        {
            ExpectRefusal(() => MuxProxyRequestCheck.IsKnownOpen(type, fields.AsSpan(0, length)));
        }
    }

    [Theory, MemberData(nameof(Opens))]
    public void A_channel_of_another_type_is_not_known(string type, string hex)
    {
        foreach (var other in OneLetterOff(type)) Assert.False(MuxProxyRequestCheck.IsKnownOpen(other, Bytes(hex)));
    }

    /// <summary>Types that look like a known one: each letter replaced, and one more or less at the end.</summary>
    private static IEnumerable<string> OneLetterOff(string type) =>
    [
        "", type[..^1], type + "s",
        .. Enumerable.Range(0, type.Length).Select(i => new StringBuilder(type) { [i] = '_' }.ToString()),
    ];

    private static byte[] Bytes(string hex) =>
        Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static void ExpectRefusal(Action check) =>
        Assert.Equal(SshError.ProtocolError, Assert.Throws<SshException>(check).Error);
}
