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
    [InlineData(null, true)]
    [InlineData("+b-gcm", true)]
    [InlineData("-b-gcm", true)]
    [InlineData("^b-gcm", false)]
    [InlineData("a-gcm,b-gcm", false)]
    public void An_order_of_the_users_is_told_from_the_default(string? configured, bool leaves) =>
        Assert.Equal(leaves, AlgorithmList.LeavesOrder(configured));
}
