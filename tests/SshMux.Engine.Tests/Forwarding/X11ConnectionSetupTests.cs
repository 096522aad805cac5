using FsCheck;
using FsCheck.Fluent;
using SshMux.Engine.Forwarding.X11;

namespace SshMux.Engine.Tests.Forwarding;

public class X11ConnectionSetupTests
{
    private const string Protocol = "MIT-MAGIC-COOKIE-1";

    private static Gen<X11Cookie> Cookies =>
        from name in Gen.Elements(Protocol, "XDM-AUTHORIZATION-1", "A", "")
        from data in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(16)
        from length in Gen.Choose(0, 16)
        select X11Cookie.Parse($"d:0 {(name.Length == 0 ? Protocol : name)} {Convert.ToHexString(data[..length])}00")!;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_fake_cookie_is_replaced_by_the_real_one_and_nothing_else_changes(bool bigEndian)
    {
        var cookie = X11Cookie.Parse("host/unix:0  MIT-MAGIC-COOKIE-1  00112233445566778899aabbccddeeff")!;
        var message = X11ClientMessage.Create(bigEndian, Protocol, cookie.Fake);
        Assert.Equal(message.Length, X11ConnectionSetup.LengthFor(cookie));
        Assert.Equal(X11SetupCheck.Accepted, X11ConnectionSetup.Substitute(message, cookie));
        var expected = X11ClientMessage.Create(
            bigEndian, Protocol, Convert.FromHexString("00112233445566778899aabbccddeeff"));
        Assert.Equal(expected, message);
    }

    [Fact]
    public void Any_cookie_passes_whole_and_only_whole() =>
        Prop.ForAll(Cookies.ToArbitrary(), ArbMap.Default.ArbFor<bool>(), (cookie, bigEndian) =>
        {
            var message = X11ClientMessage.Create(bigEndian, cookie.ProtocolName, cookie.Fake);
            for (var length = 0; length < message.Length; length++)
            {
                var part = message[..length];
                if (X11ConnectionSetup.Substitute(part, cookie) != X11SetupCheck.Incomplete) return false;
                if (!part.AsSpan().SequenceEqual(message.AsSpan(0, length))) return false;
            }

            return X11ConnectionSetup.Substitute(message, cookie) == X11SetupCheck.Accepted
                && message.AsSpan().SequenceEqual(
                    X11ClientMessage.Create(bigEndian, cookie.ProtocolName, cookie.Real));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_changed_byte_that_matters_is_refused_and_changes_nothing() =>
        Prop.ForAll(Cookies.ToArbitrary(), ArbMap.Default.ArbFor<bool>(), (cookie, bigEndian) =>
        {
            var right = X11ClientMessage.Create(bigEndian, cookie.ProtocolName, cookie.Fake);
            var data = right.Length - ((cookie.Fake.Length + 3) & ~3);
            int[] matters =
            [
                0, 6, 7, 8, 9,
                .. Enumerable.Range(12, cookie.ProtocolName.Length), .. Enumerable.Range(data, cookie.Fake.Length),
            ];
            return matters.All(at =>
            {
                var message = right.ToArray();
                message[at] ^= 0x55;
                var damaged = message.ToArray();
                return X11ConnectionSetup.Substitute(message, cookie) == X11SetupCheck.Refused
                    && message.AsSpan().SequenceEqual(damaged);
            });
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Random_bytes_are_no_client() =>
        Prop.ForAll<NonNull<byte[]>>(bytes =>
        {
            var check = X11ConnectionSetup.Substitute(bytes.Get, X11Cookie.CreateArbitrary());
            return check != X11SetupCheck.Accepted;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Lengths_that_cannot_be_right_are_refused_without_waiting_for_the_rest()
    {
        var message = X11ClientMessage.Create(bigEndian: false, Protocol, new byte[60_000]);
        var check = X11ConnectionSetup.Substitute(message.AsSpan(0, 12), X11Cookie.CreateArbitrary());
        Assert.Equal(X11SetupCheck.Refused, check);
    }

    [Theory]
    [InlineData("")]
    [InlineData("one two")]
    [InlineData("host:0 MIT-MAGIC-COOKIE-1 abc")]
    [InlineData("host:0 MIT-MAGIC-COOKIE-1 0g")]
    public void What_xauth_would_not_print_is_no_cookie(string line) => Assert.Null(X11Cookie.Parse(line));

    [Fact]
    public void The_fake_cookie_is_as_long_as_the_real_one_and_never_the_same()
    {
        var first = X11Cookie.Parse("host:0 MIT-MAGIC-COOKIE-1 00112233445566778899aabbccddeeff")!;
        var second = X11Cookie.Parse("host:0 MIT-MAGIC-COOKIE-1 00112233445566778899aabbccddeeff")!;
        Assert.Equal(32, first.FakeText.Length);
        Assert.NotEqual(first.FakeText, second.FakeText);
        Assert.NotEqual("00112233445566778899aabbccddeeff", first.FakeText);
    }
}
