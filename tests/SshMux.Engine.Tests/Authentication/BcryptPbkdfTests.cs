using System.Diagnostics;
using System.Text;
using SshMux.Engine.Authentication.Keys;

namespace SshMux.Engine.Tests.Authentication;

[Trait("System", "any")]
public sealed class BcryptPbkdfTests
{
    // The vectors that the implementations of bcrypt_pbkdf share.
    [Theory]
    [InlineData(4, "password", "salt", "5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9")]
    [InlineData(4, "password", "\0", "c12b566235eee04c212598970a579a67")]
    [InlineData(4, "\0", "salt", "6051be18c2f4f82cbf0efee5471b4bb9")]
    [InlineData(4, "password\0", "salt\0", "7410e44cf4fa07bfaac8a928b1727fac001375e7bf7384370f48efd121743050")]
    [InlineData(
        8, "password", "salt",
        "e1367ec5151a33faac4cc1c144cd23fa15d5548493ecc99b9b5d9c0d3b27bec7" +
        "6227ea66088b849b20ab7aa478010246e74bba51723fefa9f9474d6508845e8d")]
    [InlineData(42, "password", "salt", "833cf0dcf56db65608e8f0dc0ce882bd")]
    public void Known_keys_are_derived(uint rounds, string passphrase, string salt, string expected)
    {
        var key = new byte[expected.Length / 2];
        BcryptPbkdf.DeriveKey(Bytes(passphrase), Bytes(salt), rounds, key, CancellationToken.None);
        Assert.Equal(expected, Convert.ToHexStringLower(key));
    }

    [Fact]
    public void The_digits_of_pi_are_right()
    {
        var words = PiDigits.FractionWords(1042);
        Assert.Equal([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], words[..4]);
        Assert.Equal(0x3ac372e6u, words[^1]);
    }

    [Fact]
    public void A_derivation_with_endless_rounds_can_be_cancelled()
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        var watch = Stopwatch.StartNew();
        Assert.Throws<OperationCanceledException>(
            () => BcryptPbkdf.DeriveKey("x"u8, "y"u8, uint.MaxValue, new byte[48], cancel.Token));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20));
    }

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);
}
