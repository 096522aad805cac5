using System.Net.Sockets;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Reading;

/// <summary>CanonicalizeHostname and the keywords beside it, with a DNS of our own.</summary>
[Trait("System", "any")]
public class CanonicalNameTests
{
    // What each name is an alias of; those that are none have themselves.
    private static readonly Dictionary<string, string> Names = new()
    {
        ["web.example.org."] = "web.example.org",
        ["www.example.org."] = "Web.Example.NET",
        ["db.example.net."] = "db.example.net",
        ["alias"] = "real.example.org",
        ["anchored.example.org."] = "anchored.example.org",
        ["odd.example.org."] = "",
    };

    private readonly List<string> _asked = [];

    [Theory]
    [InlineData("WEB", "web.example.org")]
    [InlineData("db", "db.example.net")]
    [InlineData("none", "none")]
    [InlineData("anchored.example.org.", "anchored.example.org")]
    [InlineData("gone.example.org.", "gone.example.org.")]
    [InlineData("odd", "odd.example.org")]
    [InlineData("web.example.org", "web.example.org")]
    public async Task A_name_is_looked_up_in_the_domains(string name, string expected) =>
        Assert.Equal(expected, await FindAsync(name, Yes, Domains));

    [Fact]
    public async Task Names_with_more_dots_are_not_looked_up()
    {
        Assert.Equal("a.b.c", await FindAsync("a.b.c", Yes, Domains));
        Assert.Empty(_asked);
        await FindAsync("a.b.c", Yes, Domains, ("canonicalizemaxdots", "2"));
        Assert.Equal(["a.b.c.example.org.", "a.b.c.example.net."], _asked);
    }

    [Theory]
    [InlineData("*:*.example.net", "web.example.net")]
    [InlineData("*.example.org:*.net", "web.example.net")]
    [InlineData("*.example.com:*", "www.example.org")]
    [InlineData("*:*.example.com", "www.example.org")]
    [InlineData("none", "www.example.org")]
    public async Task An_alias_is_followed_by_the_rules(string rule, string expected) =>
        Assert.Equal(expected, await FindAsync("www", Yes, Domains, ("canonicalizepermittedcnames", rule)));

    [Fact]
    public async Task Without_domains_a_rule_follows_the_name_itself()
    {
        var rule = ("canonicalizepermittedcnames", "*:*");
        Assert.Equal("real.example.org", await FindAsync("alias", Yes, rule));
        Assert.Equal("alias", await FindAsync("alias", ("canonicalizehostname", "false"), rule));
        var error = await Assert.ThrowsAsync<SshException>(() => FindAsync("nowhere", Yes, rule));
        Assert.Equal(
            (SshError.HostNotFound, "Could not resolve hostname nowhere: Name or service not known"),
            (error.Error, error.Message));
    }

    [Theory]
    [InlineData("proxycommand", "nc %h %p")]
    [InlineData("proxyjump", "jump")]
    public async Task What_a_proxy_looks_up_is_left_alone_unless_the_user_insists(string keyword, string value)
    {
        (string, string)[] settings = [Domains, (keyword, value), ("canonicalizepermittedcnames", "*:*")];
        Assert.Equal("WEB".ToLowerInvariant(), await FindAsync("WEB", [Yes, .. settings]));
        Assert.Empty(_asked);
        Assert.Equal("web.example.org", await FindAsync("web", [("canonicalizehostname", "always"), .. settings]));
        Assert.Equal("nowhere", await FindAsync("nowhere", [("canonicalizehostname", "always"), .. settings]));
    }

    [Fact]
    public async Task A_name_that_is_nowhere_may_be_an_error()
    {
        var error = await Assert.ThrowsAsync<SshException>(
            () => FindAsync("nowhere", Yes, Domains, ("canonicalizefallbacklocal", "no")));
        Assert.Equal(SshError.HostNotFound, error.Error);
        Assert.StartsWith("Could not resolve host \"nowhere\"", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.1", "any", "127.0.0.1")]
    [InlineData("127.1", "inet6", "127.1")]
    [InlineData("0::1", "any", "::1")]
    [InlineData("2001:DB8::1", "any", "2001:DB8::1")]
    [InlineData("fe80:0::1%lo", "any", "fe80::1%lo")]
    [InlineData("1.2.3.4.5", "inet", "1.2.3.4.5")]
    public async Task An_address_has_its_usual_spelling_and_is_not_looked_up(string text, string family, string expected)
    {
        if (text.EndsWith("%lo", StringComparison.Ordinal)) OnlyOn.Unix(); // Windows has other names for its interfaces
        Assert.Equal(expected, await FindAsync(text, Yes, Domains, ("addressfamily", family)));
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task A_domain_called_none_is_the_end_of_them() =>
        Assert.Equal("web", await FindAsync("web", Yes, ("canonicaldomains", "none")));

    [Fact]
    public async Task The_system_is_asked_for_real_names()
    {
        OnlyOn.Unix(); // a folder with Wine need not know localhost
        var stop = TestContext.Current.CancellationToken;
        Assert.NotNull(await CanonicalName.LookUpAsync("localhost", AddressFamily.Unspecified, stop));
        Assert.Null(await CanonicalName.LookUpAsync(new string('x', 300), AddressFamily.Unspecified, stop));
    }

    private static (string, string) Yes => ("canonicalizehostname", "true");

    private static (string, string) Domains => ("canonicaldomains", "example.org example.net");

    private async Task<string> FindAsync(string name, params (string Keyword, string Value)[] settings)
    {
        var values = new SettingValues();
        foreach (var (keyword, value) in settings)
        {
            var words = keyword == "proxycommand" ? [value] : value.Split(' ');
            values.Add(keyword, new Setting(words, SettingOrigin.CommandLine));
        }

        var canonical = new CanonicalName(values, (asked, _, _) =>
        {
            _asked.Add(asked);
            return new(Names.GetValueOrDefault(asked));
        });
        return await canonical.FindAsync(name, TestContext.Current.CancellationToken);
    }
}
