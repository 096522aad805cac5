using System.Buffers.Binary;
using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.ScriptedServer;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

/// <summary>Servers that send values which give the secret away, or groups that are none: over the wire.</summary>
[Trait("System", "any")]
public class KeyExchangeValueTests
{
    private const string Group14 = "diffie-hellman-group14-sha256";

    private static readonly byte[] Prime = CryptographyProvider.Current.DiffieHellman.PrimeOf(2048);

    public static TheoryData<string, byte[]> ValuesOfGroup14 => new()
    {
        { "0", [] },
        { "0 in a byte", [0] },
        { "1", [1] },
        { "p - 1", [0, .. Prime[..^1], (byte)(Prime[^1] - 1)] },
        { "p", [0, .. Prime] },
        { "negative", Prime },
        { "padded", [0, 0, .. Prime[..^1], 1] },
        { "longer than p", [1, .. Prime, 1] },
        { "2", [2] },
    };

    [Theory]
    [MemberData(nameof(ValuesOfGroup14))]
    public async Task A_diffie_hellman_value_that_tells_the_secret_ends_the_connection(string what, byte[] value)
    {
        Assert.NotEmpty(what);
        await using var server = await OpenAsync(keyExchange: Group14);
        server.AlterReply = (key, _, signature) => (key, value, signature);
        await RefusedAsync(server, async () =>
        {
            await server.SendKexInitAsync();
            await server.ReadKexInitAsync();
            await server.AnswerKeyExchangeAsync();
            await server.ReadAsync();
        });
    }

    public static TheoryData<string, byte[], byte[]> Groups => new()
    {
        { "1024 bits", Prime[..128], [2] },
        { "2047 bits", [0x7f, .. Prime[1..]], [2] },
        { "16384 bits", RandomOdd(2048), [2] },
        { "even prime", [.. Prime[..^1], 0xfe], [2] },
        { "generator 0", Prime, [] },
        { "generator 1", Prime, [1] },
        { "generator p - 1", Prime, [.. Prime[..^1], (byte)(Prime[^1] - 1)] },
        { "no prime", [], [2] },
    };

    [Theory]
    [MemberData(nameof(Groups))]
    public async Task A_group_that_is_too_small_or_none_ends_the_connection(string what, byte[] prime, byte[] generator)
    {
        Assert.NotEmpty(what);
        await using var server = await OpenAsync(keyExchange: GroupExchange.Method);
        var error = await RefusedAsync(server, async () =>
        {
            await BeginGroupExchangeAsync(server);
            await server.SendAsync(Group(prime, generator));
            await server.ReadAsync();
        });
        Assert.Contains("group", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_of_a_group_exchange_in_the_wrong_order_end_the_connection()
    {
        byte[] group = Group(Prime, [2]);
        byte[] reply = [MessageNumber.KexDhGexReply, .. new byte[12]];
        byte[][][] orders = [[reply], [group, group], [group, [MessageNumber.NewKeys]], [[MessageNumber.KexDhGexInit]]];
        foreach (var order in orders)
        {
            await using var server = await OpenAsync(keyExchange: GroupExchange.Method);
            await RefusedAsync(server, async () =>
            {
                await BeginGroupExchangeAsync(server);
                foreach (var message in order) await server.SendAsync(message);
                while (true) await server.ReadAsync();
            });
        }
    }

    /// <summary>With other methods the number 33 and a second reply have no place.</summary>
    [Fact]
    public async Task Messages_of_a_group_exchange_are_refused_in_other_methods()
    {
        await using var server = await OpenAsync(keyExchange: "curve25519-sha256");
        await RefusedAsync(server, async () =>
        {
            await server.SendKexInitAsync();
            await server.ReadKexInitAsync();
            await server.SendAsync([MessageNumber.KexDhGexReply, .. new byte[12]]);
            while (true) await server.ReadAsync();
        });
    }

    [Theory]
    [InlineData("r is 0")]
    [InlineData("s is 0")]
    [InlineData("r is the order")]
    [InlineData("s is the order")]
    [InlineData("s is padded")]
    [InlineData("s is negative")]
    [InlineData("s is missing")]
    [InlineData("more than two numbers")]
    public void An_ecdsa_signature_with_other_numbers_is_refused(string what)
    {
        var order = Convert.FromHexString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
        using var ecdsa = NistKeys.Create(NistCurve.P256);
        var point = ecdsa.PublicPoint;
        var key = SshPublicKey.Parse(Build((ref w) =>
        {
            w.WriteString("ecdsa-sha2-nistp256");
            w.WriteString("nistp256");
            w.WriteString(point);
        }));
        byte[] signature;
        do
        {
            // One whose numbers have no zeros in front and, for the case of the sign, an s with its high bit set.
            signature = ecdsa.SignHash(SHA256.HashData("data"u8));
        }
        while (signature[0] == 0 || signature[32] < 0x80);
        byte[] r = signature[..32], s = signature[32..];
        Assert.True(Verify((ref w) => { w.WriteUnsignedMPInt(r); w.WriteUnsignedMPInt(s); }));
        Assert.False(Verify((ref w) =>
        {
            w.WriteUnsignedMPInt(what switch { "r is 0" => [], "r is the order" => order, _ => r });
            switch (what)
            {
                case "s is missing": break;
                case "s is 0": w.WriteUnsignedMPInt([]); break;
                case "s is the order": w.WriteUnsignedMPInt(order); break;
                case "s is padded": w.WriteString([0, 0, .. s]); break;
                case "s is negative": w.WriteString(s); break;
                default: w.WriteUnsignedMPInt(s); break;
            }

            if (what == "more than two numbers") w.WriteUnsignedMPInt([1]);
        }));

        bool Verify(Fill fill) => key.Verify("ecdsa-sha2-nistp256", "data"u8, Build(fill));
    }

    [Fact]
    public void A_signature_by_another_algorithm_than_the_one_agreed_on_is_refused()
    {
        using var rsa = RSA.Create(2048);
        var parameters = rsa.ExportParameters(false);
        var key = SshPublicKey.Parse(Build((ref w) =>
        {
            w.WriteString("ssh-rsa");
            w.WriteUnsignedMPInt(parameters.Exponent);
            w.WriteUnsignedMPInt(parameters.Modulus);
        }));
        var sha256 = Sign("rsa-sha2-256", HashAlgorithmName.SHA256);
        Assert.True(key.VerifySignatureBlob("rsa-sha2-256", "data"u8, sha256));
        Assert.False(key.VerifySignatureBlob("rsa-sha2-512", "data"u8, sha256));
        Assert.False(key.VerifySignatureBlob("rsa-sha2-512", "data"u8, Sign("rsa-sha2-512", HashAlgorithmName.SHA256)));
        Assert.False(key.VerifySignatureBlob("ssh-rsa", "data"u8, Sign("ssh-rsa", HashAlgorithmName.SHA1)));
        Assert.False(key.VerifySignatureBlob("rsa-sha2-256", "data"u8, Sign("ssh-rsa", HashAlgorithmName.SHA256)));
        var pss = rsa.SignData("data"u8, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        Assert.False(key.Verify("rsa-sha2-256", "data"u8, pss));

        byte[] Sign(string name, HashAlgorithmName hash) => Build((ref w) =>
        {
            w.WriteString(name);
            w.WriteString(rsa.SignData("data"u8, hash, RSASignaturePadding.Pkcs1));
        });
    }

    [Theory]
    [InlineData(512)]
    [InlineData(1016)]
    public void A_small_rsa_key_is_refused_with_its_size(int bits)
    {
        var modulus = RandomOdd(bits / 8); // Windows makes no key of such a size
        var error = Assert.Throws<SshException>(() => SshPublicKey.Parse(Build((ref w) =>
        {
            w.WriteString("ssh-rsa");
            w.WriteUnsignedMPInt([3]);
            w.WriteUnsignedMPInt(modulus);
        })));
        Assert.Contains($"{bits} bits", error.Message, StringComparison.Ordinal);
    }

    private static async Task<SshException> RefusedAsync(ScriptedServer server, Func<Task> script)
    {
        var connecting = server.ConnectClientAsync();
        await server.ExchangeVersionsAsync();
        try
        {
            await script();
        }
        catch (Exception e) when (e is IOException or EndOfStreamException or Xunit.Sdk.XunitException)
        {
            // The client has hung up.
        }

        var error = await Assert.ThrowsAsync<SshException>(() => connecting.WaitAsync(Patience));
        Assert.Equal(SshError.ProtocolError, error.Error);
        Assert.False(server.Client.CanRead);
        return error;
    }

    private static async Task BeginGroupExchangeAsync(ScriptedServer server)
    {
        await server.SendKexInitAsync();
        await server.ReadKexInitAsync();
        var request = await server.ReadAsync();
        Assert.Equal(MessageNumber.KexDhGexRequest, request[0]);
        Assert.Equal(
            (2048, 8192, 8192),
            (Size(request, 1), Size(request, 5), Size(request, 9)));

        static int Size(byte[] message, int at) => BinaryPrimitives.ReadInt32BigEndian(message.AsSpan(at));
    }

    private static byte[] Group(byte[] prime, byte[] generator) => Build((ref w) =>
    {
        w.WriteByte(MessageNumber.KexDhGexGroup);
        w.WriteUnsignedMPInt(prime);
        w.WriteUnsignedMPInt(generator);
    });

    private static byte[] RandomOdd(int length)
    {
        var number = RandomNumberGenerator.GetBytes(length);
        number[0] |= 0x80;
        number[^1] |= 1;
        return number;
    }
}
