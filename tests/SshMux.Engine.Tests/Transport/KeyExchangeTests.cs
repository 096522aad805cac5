using System.Security.Cryptography;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.ScriptedServer;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

/// <summary>First key exchanges with a server that behaves and with ones that do not.</summary>
public class KeyExchangeTests
{
    private static readonly byte[] IgnoreBytes = Encode(new TextMessage(MessageNumber.Ignore, "x"));
    private static readonly byte[] DebugBytes =
        [MessageNumber.Debug, 1, 0, 0, 0, 2, (byte)'h', (byte)'i', 0, 0, 0, 0];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Hands_are_shaken_with_and_without_strict_key_exchange(bool strict)
    {
        var (server, transport) = await ConnectAsync(strict);
        await using var _ = server;
        await using var __ = transport;
        Assert.Equal(strict, transport.Algorithms.StrictKeyExchange);
        Assert.Equal(("aes256-ctr", "hmac-sha2-256"), (transport.Algorithms.CipherIn, transport.Algorithms.MacOut));
        var receiver = new RecordingReceiver();
        transport.Start(receiver);
        await server.SendAsync([MessageNumber.RequestSuccess, 1]);
        Assert.Equal([MessageNumber.RequestSuccess, 1], (await receiver.NextAsync()).AsEnumerable());
        Assert.True(transport.Send(new TextMessage(MessageNumber.GlobalRequest, "x")));
        Assert.Equal(MessageNumber.GlobalRequest, (await server.ReadAsync())[0]);
    }

    /// <summary>The Terrapin attack starts with messages like these.</summary>
    [Fact]
    public async Task Strict_key_exchange_refuses_other_messages_before_and_during()
    {
        foreach (var extra in new[] { IgnoreBytes, DebugBytes })
        {
            await ExpectRefusalAsync(strict: true, async server =>
            {
                await server.SendAsync(extra);
                await server.ExchangeKeysAsync();
            });
            await ExpectRefusalAsync(strict: true, async server =>
            {
                await server.SendKexInitAsync();
                await server.ReadKexInitAsync();
                await server.SendAsync(extra);
                await server.AnswerKeyExchangeAsync();
                await server.FinishKeyExchangeAsync();
            });
        }
    }

    [Fact]
    public async Task Without_strict_key_exchange_ignore_and_debug_are_taken_anywhere()
    {
        await using var server = await OpenAsync(strict: false);
        var connecting = server.ConnectClientAsync();
        await server.ExchangeVersionsAsync();
        await server.SendAsync(IgnoreBytes);
        await server.SendAsync(DebugBytes);
        await server.SendKexInitAsync();
        await server.SendAsync(IgnoreBytes);
        await server.ReadKexInitAsync();
        await server.AnswerKeyExchangeAsync();
        await server.SendAsync(DebugBytes);
        await server.FinishKeyExchangeAsync();
        await using var transport = await connecting.WaitAsync(Patience);
        Assert.Equal(1, transport.KeyExchangeCount);
    }

    [Theory]
    [InlineData(MessageNumber.ServiceAccept)]
    [InlineData(MessageNumber.UserAuthSuccess)]
    [InlineData(MessageNumber.ChannelData)]
    [InlineData(MessageNumber.NewKeys)]
    [InlineData(MessageNumber.ExtInfo)]
    [InlineData(MessageNumber.KexInit)]
    [InlineData((byte)200)]
    public async Task Messages_of_other_layers_are_refused_during_the_exchange(byte number)
    {
        foreach (var strict in new[] { true, false })
        {
            await ExpectRefusalAsync(strict, async server =>
            {
                await server.SendKexInitAsync();
                await server.SendAsync([number, 0, 0, 0, 0]);
                await server.ReadKexInitAsync();
            });
        }
    }

    [Fact]
    public async Task A_wrong_guess_is_skipped()
    {
        await using var server = await OpenAsync(
            strict: true, firstPacketFollows: true, keyExchange: "ecdh-sha2-nistp256");
        var connecting = server.ConnectClientAsync();
        await server.ExchangeVersionsAsync();
        await server.SendKexInitAsync();
        await server.SendAsync([MessageNumber.KexEcdhReply, 1, 2, 3]);
        await server.ReadKexInitAsync();
        await server.AnswerKeyExchangeAsync();
        await server.FinishKeyExchangeAsync();
        await using var transport = await connecting.WaitAsync(Patience);
        Assert.Equal("ecdh-sha2-nistp256", transport.Algorithms.KeyExchange);
    }

    [Theory]
    [InlineData("host key")]
    [InlineData("public value")]
    [InlineData("public value of low order")]
    [InlineData("short public value")]
    [InlineData("signature")]
    [InlineData("signature algorithm")]
    [InlineData("type of host key")]
    [InlineData("empty")]
    public async Task A_proof_that_does_not_fit_is_refused(string what)
    {
        var verified = false;
        var options = new SshTransportOptions
        {
            VerifyHostKey = (_, _) =>
            {
                verified = true;
                return default;
            },
        };
        await ExpectRefusalAsync(strict: true, options: options, misbehave: async server =>
        {
            server.AlterReply = (key, value, signature) =>
            {
                switch (what)
                {
                    case "host key": key[^1] ^= 1; break;
                    case "public value": value[3] ^= 1; break;
                    case "public value of low order": value.AsSpan().Clear(); break;
                    case "short public value": value = value[1..]; break;
                    case "signature": signature[^5] ^= 1; break;
                    case "signature algorithm": signature[6] ^= 1; break;
                    case "type of host key":
                        using (var rsa = RSA.Create(2048))
                        {
                            var p = rsa.ExportParameters(false);
                            key = Build((ref w) =>
                            {
                                w.WriteString("ssh-rsa");
                                w.WriteUnsignedMPInt(p.Exponent);
                                w.WriteUnsignedMPInt(p.Modulus);
                            });
                        }

                        break;
                    default: return ([], [], []);
                }

                return (key, value, signature);
            };
            await server.ExchangeKeysAsync();
        });
        Assert.False(verified, "nobody should be asked about a key that is not proved");
    }

    [Theory]
    [InlineData("ecdh-sha2-nistp256", 65)]
    [InlineData("ecdh-sha2-nistp384", 97)]
    [InlineData("ecdh-sha2-nistp521", 133)]
    public void Ecdh_refuses_points_beside_the_curve_and_other_encodings(string method, int length)
    {
        using var ours = EphemeralKey.Create(CryptographyProvider.Current, method);
        using var theirs = EphemeralKey.Create(CryptographyProvider.Current, method);
        Assert.Equal(length, theirs.PublicValue.Length);
        Assert.Equal(ours.DeriveSecret(theirs.PublicValue), theirs.DeriveSecret(ours.PublicValue));

        byte[] good = theirs.PublicValue.ToArray(), beside = [.. good], compressed = good[..((length / 2) + 1)];
        beside[^1] ^= 1;
        compressed[0] = 2;
        byte[] zero = [4, .. new byte[length - 1]];
        foreach (var bad in new[] { beside, compressed, zero, [0], [], good[..^1], [.. good, 0] })
        {
            Assert.Equal(SshError.ProtocolError, Assert.Throws<SshException>(() => ours.DeriveSecret(bad)).Error);
        }
    }

    [Fact]
    public async Task No_common_algorithm_names_both_lists()
    {
        await using var server = await OpenAsync(strict: true, cipher: "3des-cbc");
        var connecting = server.ConnectClientAsync();
        await server.ExchangeVersionsAsync();
        await server.SendKexInitAsync();
        var error = await Assert.ThrowsAsync<SshException>(() => connecting.WaitAsync(Patience));
        Assert.Equal(SshError.NoCommonAlgorithm, error.Error);
        Assert.StartsWith(
            "Unable to negotiate: no matching cipher found. Their offer: 3des-cbc; ours (to the server): ", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("aes256-ctr", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Algorithms_that_nobody_knows_are_left_out_and_it_is_an_error_if_none_remains()
    {
        await using var server = await OpenAsync(strict: true);
        var error = await Assert.ThrowsAsync<SshException>(() => server.ConnectClientAsync(new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,
            Ciphers = ["3des-cbc", "rot13"],
        }));
        Assert.Equal(SshError.AlgorithmUnavailable, error.Error);
        Assert.Contains("3des-cbc,rot13", error.Message, StringComparison.Ordinal);
        Assert.False(server.Client.CanRead);
    }

    private static async Task ExpectRefusalAsync(
        bool strict, Func<ScriptedServer, Task> misbehave, SshTransportOptions? options = null)
    {
        await using var server = await OpenAsync(strict);
        var connecting = server.ConnectClientAsync(options);
        await server.ExchangeVersionsAsync();
        try
        {
            await misbehave(server);
        }
        catch (Exception e) when (e is IOException or Xunit.Sdk.XunitException)
        {
            // The client has hung up, or says goodbye where the script waits for something else.
        }

        var error = await Assert.ThrowsAsync<SshException>(() => connecting.WaitAsync(Patience));
        Assert.Equal(SshError.ProtocolError, error.Error);
        Assert.False(server.Client.CanRead);
    }
}
