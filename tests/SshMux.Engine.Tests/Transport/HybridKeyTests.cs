using System.Security.Cryptography;
using System.Text;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Cryptography.Managed;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.ScriptedServer;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

/// <summary>The post-quantum methods: what they compute, and servers that send values that they must not.</summary>
[Trait("System", "any")]
public class HybridKeyTests
{
    public static TheoryData<string> Methods =>
        [SshAlgorithms.MlKem768X25519, SshAlgorithms.Sntrup761X25519, SshAlgorithms.Sntrup761X25519AtOpenSsh];

    [Fact]
    public void They_are_offered_first_on_every_machine_in_OpenSSHs_order()
    {
        Assert.Equal(
            [
                "mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com",
                "curve25519-sha256",
            ],
            SshAlgorithms.KeyExchange.Take(4));
        Assert.All(Methods, method => Assert.Null(SshAlgorithms.WhyUnavailable(method)));
    }

    /// <summary>The encapsulation's part by vectors, the rest by the drafts.</summary>
    [Theory]
    [InlineData("mlkem768", "SHA256", 36)]
    [InlineData("sntrup761", "SHA512", 68)]
    public void The_secret_is_the_hash_of_both_secrets_as_a_string(string vectors, string hash, int length)
    {
        var mine = Convert.FromHexString("77076d0a7318a57d3c16c17251b26645df4c78b2b2a8b9b5f9e6c0b0c1e3a5d2");
        foreach (var words in TestVectors.Read(vectors))
        {
            var (ciphertext, kemSecret) = (TestVectors.Bytes(words[^2]), TestVectors.Bytes(words[^1]));
            KeyEncapsulation kem = vectors == "mlkem768"
                ? BouncyCastleMlKem768.FromSeed(TestVectors.Bytes(words[3]))
                : Sntrup761.From(TestVectors.Bytes(words[2]), [1, 2, 3]);
            using var key = new HybridKey(
                kem, new X25519Key(CryptographyProvider.Current.X25519, [.. mine]), new HashAlgorithmName(hash));
            using var peer = new X25519Key(CryptographyProvider.Current.X25519);
            Assert.Equal(kem.PublicKey.ToArray(), key.PublicValue[..^32].ToArray());
            var shared = new byte[32];
            peer.DeriveRaw(key.PublicValue[^32..], shared);
            var secret = CryptographicOperations.HashData(key.Hash, (byte[])[.. kemSecret, .. shared]);
            byte[] expected = [0, 0, 0, (byte)secret.Length, .. secret];
            Assert.Equal(length, expected.Length);
            Assert.Equal(expected, key.DeriveSecret([.. ciphertext, .. peer.PublicValue]));
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Values_of_other_lengths_and_points_of_low_order_are_refused(string method)
    {
        using var key = HybridKey.CreateFor(CryptographyProvider.Current, method, TestContext.Current.CancellationToken);
        var good = ServerShare.For(method, key.PublicValue.ToArray()).PublicValue;
        Assert.Equal(key.Hash == HashAlgorithmName.SHA512 ? 68 : 36, key.DeriveSecret(good).Length);
        byte[][] bad = [[], good[..^1], [.. good, 0], good[..^32], good[^32..], [.. good[..^32], .. new byte[32]]];
        Assert.All(bad, value => Assert.Equal(
            SshError.ProtocolError, Assert.Throws<SshException>(() => key.DeriveSecret(value)).Error));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task A_tampered_ciphertext_fails_the_proof_of_the_host_key(string method)
    {
        var error = await RefusedAsync(method, value => [(byte)(value[0] ^ 1), .. value[1..]]);
        Assert.Contains("could not prove that it holds its host key", error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task A_value_of_another_length_is_named(string method)
    {
        var error = await RefusedAsync(method, value => value[1..]);
        var length = method == SshAlgorithms.MlKem768X25519 ? 1120 : 1071;
        Assert.Contains($"has {length - 1} bytes instead of {length}", error, StringComparison.Ordinal);
    }

    /// <summary>The steps that take long are done elsewhere, and nothing gets out of order meanwhile.</summary>
    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Keys_are_renewed_by_both_sides_with_everything_in_order(string method)
    {
        await using var server = await OpenAsync(keyExchange: method);
        var connecting = server.ConnectClientAsync();
        await server.ExchangeVersionsAsync();
        await server.ExchangeKeysAsync();
        await using var transport = await connecting.WaitAsync(Patience);
        var receiver = new RecordingReceiver();
        transport.Start(receiver);
        await server.SendAsync([MessageNumber.UserAuthSuccess]);
        await receiver.NextAsync();
        for (byte round = 1; round <= 3; round++)
        {
            if (round == 2) transport.RequestKeyExchange();
            await server.SendAsync([MessageNumber.ChannelData, round]);
            await server.SendKexInitAsync();
            await server.SendAsync([MessageNumber.ChannelData, 10]); // as asyncssh does, while our key is in the making
            await server.ReadKexInitAsync();
            Assert.True(transport.Send(new TextMessage(MessageNumber.ChannelData, $"held {round}")));
            await server.AnswerKeyExchangeAsync();
            await server.SendAsync([MessageNumber.ChannelData, 20]);
            await server.FinishKeyExchangeAsync();
            await server.SendAsync([MessageNumber.ChannelData, 30]);
            Assert.Contains(
                $"held {round}", Encoding.ASCII.GetString(await server.ReadAsync()), StringComparison.Ordinal);
            foreach (var expected in (byte[])[round, 10, 20, 30])
            {
                Assert.Equal(expected, (await receiver.NextAsync())[1]);
            }

            Assert.Equal(round + 1, transport.KeyExchangeCount);
        }

        Assert.Equal(method, transport.Algorithms.KeyExchange);
    }

    private static async Task<string> RefusedAsync(string method, Func<byte[], byte[]> alter)
    {
        await using var server = await OpenAsync(keyExchange: method);
        server.AlterReply = (key, value, signature) => (key, alter(value), signature);
        var connecting = server.ConnectClientAsync();
        await server.ExchangeVersionsAsync();
        await server.SendKexInitAsync();
        await server.ReadKexInitAsync();
        await server.AnswerKeyExchangeAsync();
        var error = await Assert.ThrowsAsync<SshException>(() => connecting.WaitAsync(Patience));
        Assert.Equal(SshError.ProtocolError, error.Error);
        Assert.Equal(MessageNumber.Disconnect, (await server.ReadAsync())[0]);
        return error.Message;
    }
}
