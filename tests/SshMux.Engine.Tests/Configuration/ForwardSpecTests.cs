using FsCheck;
using FsCheck.Fluent;
using SshMux.Engine.Configuration.Forwards;

namespace SshMux.Engine.Tests.Configuration;

[Trait("System", "any")]
public class ForwardSpecTests
{
    private static readonly ForwardEndpoint Web = new("web", 80);

    public static TheoryData<string, ForwardEndpoint, ForwardEndpoint> Forwards => new()
    {
        { "8080:web:80", new("", 8080), Web },
        { "  8080:web:80", new("", 8080), Web },
        { "127.0.0.1:8080:web:80", new("127.0.0.1", 8080), Web },
        { "localhost:8080:web:80", new("localhost", 8080), Web },
        { "*:8080:web:80", new("*", 8080), Web },
        { ":8080:web:80", new("*", 8080), Web },
        { "[::1]:8080:[fe80::1]:80", new("::1", 8080), new("fe80::1", 80) },
        { "8080:[::1]:80", new("", 8080), new("::1", 80) },
        { "8080/web/80", new("", 8080), Web },
        { "8080/fe80::1/80", new("", 8080), new("fe80::1", 80) },
        { "::1/8080/2001:db8::1:2/80", new("::1", 8080), new("2001:db8::1:2", 80) },
        { "0:web:80", new("", 0), Web },
        { "8080:web:ssh", new("", 8080), new("web", 22) },
        { "/run/a.sock:/run/b.sock", ForwardEndpoint.ForPath("/run/a.sock"), ForwardEndpoint.ForPath("/run/b.sock") },
        { "/run/a.sock:web:80", ForwardEndpoint.ForPath("/run/a.sock"), Web },
        { "8080:/run/b.sock", new("", 8080), ForwardEndpoint.ForPath("/run/b.sock") },
        { "*:8080:/run/b.sock", new("*", 8080), ForwardEndpoint.ForPath("/run/b.sock") },
        { @"/run/a\:1:web:80", ForwardEndpoint.ForPath("/run/a:1"), Web },
        { "[/run/a:1]:web:80", ForwardEndpoint.ForPath("/run/a:1"), Web },
        { "./a.sock:web:80", ForwardEndpoint.ForPath("./a.sock"), Web },
    };

    public static TheoryData<string, string> BadForwards => new()
    {
        { "", "expected [bind_address:]port:host:hostport" },
        { "8080", "expected [bind_address:]port:host:hostport" },
        { "8080:web", "expected [bind_address:]port:host:hostport" },
        { "8080:web:80:90:100", "expected [bind_address:]port:host:hostport" },
        { "no-service:web:80", "'no-service' is no port from 0 to 65535" },
        { "8080:web:0", "'0' is no port from 1 to 65535" },
        { "8080:web:65536", "'65536' is no port from 1 to 65535" },
        { "-1:web:80", "'-1' is no port from 0 to 65535" },
        { "8080::80", "there is no host to connect to" },
        { "[::1:8080:web:80", "a bracket is not closed" },
        { "[::1]8080:web:80", "a bracket is not closed" },
        { @"8080:web:80\", @"it ends with a '\'" },
        { "/" + new string('a', 107) + ":web:80", "has 108 bytes, and 107 are possible" },
    };

    [Theory]
    [MemberData(nameof(Forwards))]
    public void Local_and_remote_forwards_are_read_as_ssh_reads_them(
        string text, ForwardEndpoint listen, ForwardEndpoint connect)
    {
        Assert.Equal(new ForwardSpec(ForwardKind.Local, listen, connect), ForwardSpec.ParseLocal(text));
        Assert.Equal(new ForwardSpec(ForwardKind.Remote, listen, connect), ForwardSpec.ParseRemote(text));
    }

    [Theory]
    [InlineData("1080", "", 1080)]
    [InlineData("*:1080", "*", 1080)]
    [InlineData(":1080", "*", 1080)]
    [InlineData("[::1]:1080", "::1", 1080)]
    [InlineData("::1/1080", "::1", 1080)]
    [InlineData("127.0.0.1/1080", "127.0.0.1", 1080)]
    [InlineData("/run/socks", "/run/socks", ForwardEndpoint.PathPort)]
    [InlineData("run/socks", "run/socks", ForwardEndpoint.PathPort)]
    public void Dynamic_forwards_only_listen(string text, string host, int port)
    {
        var listen = new ForwardEndpoint(host, port);
        Assert.Equal(new ForwardSpec(ForwardKind.Dynamic, listen, null), ForwardSpec.ParseDynamic(text));
        Assert.Equal(new ForwardSpec(ForwardKind.Remote, listen, null), ForwardSpec.ParseRemote(text));
    }

    [Theory]
    [MemberData(nameof(BadForwards))]
    public void Mistakes_are_named(string text, string why)
    {
        var failure = Assert.Throws<SshException>(() => ForwardSpec.ParseLocal(text));
        Assert.Equal(SshError.ConfigurationInvalid, failure.Error);
        Assert.StartsWith($"bad local forward '{text}': ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(why, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8080:web:80")]
    [InlineData("web:no-service")]
    [InlineData("70000")]
    public void A_dynamic_forward_has_no_target(string text) =>
        Assert.Throws<SshException>(() => ForwardSpec.ParseDynamic(text));

    [Theory]
    [InlineData("8080:web:80", "8080:web:80")]
    [InlineData(":8080:web:80", "*:8080:web:80")]
    [InlineData("::1/8080/fe80::1/80", "[::1]:8080:[fe80::1]:80")]
    [InlineData("[/run/a:1]:web:80", @"/run/a\:1:web:80")]
    public void Text_is_in_the_usual_syntax(string text, string expected) =>
        Assert.Equal(expected, ForwardSpec.ParseLocal(text).ToString());

    [Fact]
    public void Text_reads_back_as_the_same_forward() =>
        Prop.ForAll(Specs.ToArbitrary(), spec => spec == Reparse(spec)).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_text_is_read_or_refused() =>
        Prop.ForAll(
            Fragments.ToArbitrary(),
            text =>
            {
                foreach (var parse in new Func<string, ForwardSpec>[]
                    { ForwardSpec.ParseLocal, ForwardSpec.ParseRemote, ForwardSpec.ParseDynamic })
                {
                    try
                    {
                        var spec = parse(text);
                        Assert.Equal(spec, Reparse(spec));
                    }
                    catch (SshException)
                    {
                        // refused in words
                    }
                }
            }).QuickCheckThrowOnFailure();

    private static Gen<char> Characters =>
        Gen.OneOf(Gen.Elements(":/\\[]*.{}$ 01:/".ToCharArray()), Gen.Elements("abcä".ToCharArray()));

    private static Gen<string> Texts => Characters.ListOf().Select(text => new string([.. text]));

    private static Gen<string> Names => Texts.Where(text => text.Length is > 0 and < 40);

    private static Gen<string> Fragments =>
        Gen.Elements(":", "/", "[", "]", "\\", "80", "8080", "web", "::1", "*", " ", "./x", "/run/s").ListOf()
            .Select(string.Concat);

    private static Gen<ForwardEndpoint> Paths => Names.Select(name => ForwardEndpoint.ForPath("/" + name));

    private static Gen<ForwardEndpoint> Listeners => Gen.OneOf(
        Paths,
        Gen.Choose(0, 65535).Select(port => new ForwardEndpoint("", port)),
        from host in Names from port in Gen.Choose(0, 65535) select new ForwardEndpoint(host, port));

    private static Gen<ForwardEndpoint> Targets => Gen.OneOf(
        Paths, from host in Names from port in Gen.Choose(1, 65535) select new ForwardEndpoint(host, port));

    private static Gen<ForwardSpec> Specs => Gen.OneOf(
        from kind in Gen.Elements(ForwardKind.Local, ForwardKind.Remote)
        from listen in Listeners
        from connect in Targets
        select new ForwardSpec(kind, listen, connect),
        from kind in Gen.Elements(ForwardKind.Dynamic, ForwardKind.Remote)
        from listen in Listeners
        select new ForwardSpec(kind, listen, null));

    private static ForwardSpec Reparse(ForwardSpec spec) => spec.Kind switch
    {
        ForwardKind.Local => ForwardSpec.ParseLocal(spec.ToString()),
        ForwardKind.Remote => ForwardSpec.ParseRemote(spec.ToString()),
        _ => ForwardSpec.ParseDynamic(spec.ToString()),
    };
}
