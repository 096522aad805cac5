using SshMux.Engine.Connecting;

namespace SshMux.Engine.Tests.Connecting;

public class AlgorithmListTests
{
    private static readonly string[] Supported = ["a-gcm", "b-gcm", "a-ctr", "b-ctr"];

    [Theory]
    [InlineData(null, "a-gcm,b-gcm,a-ctr,b-ctr")]
    [InlineData("b-ctr,a-gcm", "b-ctr,a-gcm")]
    [InlineData("unknown,b-ctr,b-ctr,rot13,a-gcm", "b-ctr,a-gcm")]
    [InlineData("*-ctr,a-gcm", "a-ctr,b-ctr,a-gcm")]
    [InlineData("+unknown", "a-gcm,b-gcm,a-ctr,b-ctr")]
    [InlineData("+b-ctr", "a-gcm,b-gcm,a-ctr,b-ctr")]
    [InlineData("-a-gcm", "b-gcm,a-ctr,b-ctr")]
    [InlineData("-a-*,unknown", "b-gcm,b-ctr")]
    [InlineData("^b-ctr", "b-ctr,a-gcm,b-gcm,a-ctr")]
    [InlineData("^unknown,*-ctr", "a-ctr,b-ctr,a-gcm,b-gcm")]
    public void A_list_is_read_as_ssh_config_says(string? configured, string expected) =>
        Assert.Equal(expected, string.Join(',', AlgorithmList.Resolve("Ciphers", configured, Supported)));

    [Theory]
    [InlineData("")]
    [InlineData("unknown")]
    [InlineData("-*")]
    [InlineData("A-GCM")]
    [InlineData("b-ctr2")]
    public void A_list_with_nothing_left_is_an_error_that_names_the_option_and_what_there_is(string configured)
    {
        var error = Assert.Throws<SshException>(() => AlgorithmList.Resolve("Ciphers", configured, Supported));
        Assert.Equal(SshError.NoCommonAlgorithm, error.Error);
        Assert.Contains("Ciphers", error.Message, StringComparison.Ordinal);
        Assert.Contains(configured, error.Message, StringComparison.Ordinal);
        Assert.Contains("a-gcm,b-gcm,a-ctr,b-ctr", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a-gcm,b-gcm,a-ctr,b-ctr", true)]
    [InlineData("a-gcm,b-ctr", true)]
    [InlineData("b-ctr", true)]
    [InlineData("b-gcm,a-gcm", false)]
    [InlineData("b-ctr,a-gcm,b-gcm,a-ctr", false)]
    public void An_order_of_the_users_is_told_from_the_default(string list, bool isDefault) =>
        Assert.Equal(isDefault, AlgorithmList.IsInDefaultOrder(list.Split(','), Supported));

    /// <summary>What ssh -G says of Debian 12, of OpenSSH 9.9 and of 10 when nobody has configured anything.</summary>
    [Theory]
    [InlineData(null, true)]
    [InlineData("sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,{0}", true)]
    [InlineData("sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,mlkem768x25519-sha256,{0}", true)]
    [InlineData("mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,{0}", true)]
    [InlineData("{0}", true)]
    [InlineData("mlkem768x25519-sha256,{0}", false)]
    [InlineData("curve25519-sha256", false)]
    public void Defaults_of_ssh_are_known_as_nobodys_wish(string? configured, bool expected)
    {
        const string Others = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
            + "ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,"
            + "diffie-hellman-group18-sha512,diffie-hellman-group14-sha256";
        Assert.Equal(expected, AlgorithmList.IsUnconfigured(configured?.Replace("{0}", Others, StringComparison.Ordinal)));
    }
}
