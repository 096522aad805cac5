using System.Numerics;
using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Transport;

/// <summary>
/// Diffie-Hellman in fixed groups (RFC 8268) and in groups that the server chooses (RFC 4419), with each provider.
/// </summary>
public abstract class DiffieHellmanTests
{
    private static readonly Dictionary<string, byte[]> Rfc5114 =
        TestVectors.Read("dh").ToDictionary(words => words[0], words => TestVectors.Bytes(words[1]));

    private static readonly NegotiatedAlgorithms Aes128 = new()
    {
        KeyExchange = GroupExchange.Method,
        HostKey = "ssh-ed25519",
        CipherOut = "aes128-ctr",
        CipherIn = "aes128-ctr",
        MacOut = "hmac-sha2-512",
        MacIn = "hmac-sha2-512",
        StrictKeyExchange = true,
    };

    private protected abstract ICryptographyProvider Provider { get; }

    /// <summary>RFC 3526: p = 2^n - 2^(n-64) - 1 + 2^64 * ([2^(n-130) pi] + c).</summary>
    [Theory]
    [InlineData(2048, 124476)]
    [InlineData(4096, 240904)]
    [InlineData(8192, 4743158)]
    public void The_primes_are_those_of_RFC_3526(int bits, int addend)
    {
        var pi = ScaledPi(bits - 130);
        var prime = (BigInteger.One << bits) - (BigInteger.One << (bits - 64)) - 1 + ((pi + addend) << 64);
        Assert.Equal(prime, Number(Provider.DiffieHellman.PrimeOf(bits)));
    }

    [Fact]
    public void The_example_of_RFC_5114_gives_its_secret()
    {
        foreach (var (mine, my, peer) in new[] { ("xA", "yA", "yB"), ("xB", "yB", "yA") })
        {
            using var key = new DiffieHellmanKey(
                Provider.DiffieHellman.KeyFrom(Rfc5114["p"], Rfc5114["g"], Rfc5114[mine], Rfc5114[my]),
                HashAlgorithmName.SHA256);
            var secret = key.DeriveSecret(MPInt(Rfc5114[peer]));
            Assert.Equal(Encoded(Rfc5114["Z"]), secret);
        }
    }

    /// <summary>Against another implementation of the same arithmetic, and both sides agree.</summary>
    [Theory]
    [InlineData("diffie-hellman-group14-sha256", 2048, "SHA256")]
    [InlineData("diffie-hellman-group16-sha512", 4096, "SHA512")]
    [InlineData("diffie-hellman-group18-sha512", 8192, "SHA512")]
    public void A_fixed_group_has_its_size_and_hash_and_its_secret_is_right(string method, int bits, string hash)
    {
        using var ours = (DiffieHellmanKey)EphemeralKey.Create(Provider, method);
        Assert.Equal((bits, hash), (ours.PrimeBits, ours.Hash.Name));
        var exponent = new BigInteger(RandomNumberGenerator.GetBytes(60), isUnsigned: true);
        var prime = Number(Provider.DiffieHellman.PrimeOf(bits));
        var theirs = BigInteger.ModPow(2, exponent, prime);
        var expected = BigInteger.ModPow(Number(ours.PublicValue), exponent, prime);
        Assert.Equal(
            Encoded(expected.ToByteArray(isUnsigned: true, isBigEndian: true)),
            ours.DeriveSecret(theirs.ToByteArray(isUnsigned: false, isBigEndian: true)));
        using var other = EphemeralKey.Create(Provider, method);
        Assert.Equal(ours.DeriveSecret(other.PublicValue), other.DeriveSecret(ours.PublicValue));
    }

    [Fact]
    public void A_public_value_that_tells_the_secret_is_refused()
    {
        using var key = EphemeralKey.Create(Provider, "diffie-hellman-group14-sha256");
        var prime = Number(Provider.DiffieHellman.PrimeOf(2048));
        var one = BigInteger.One;
        BigInteger[] bad =
            [0, 1, prime - 1, prime, prime + 1, prime * 2, (one << 2100) - 1, one << 1000, -1, 2 - prime];
        Assert.All(bad, value => Refused(() => key.DeriveSecret(SignedBytes(value))));

        // A square is of the group that 2 generates. (Of what is not, OpenSSL 3.0 refuses all, and 3.5 nothing.)
        Assert.NotEmpty(key.DeriveSecret(SignedBytes(225)));
    }

    [Fact]
    public void A_public_value_that_is_no_proper_mpint_is_refused()
    {
        using var ours = EphemeralKey.Create(Provider, "diffie-hellman-group14-sha256");
        using var theirs = EphemeralKey.Create(Provider, "diffie-hellman-group14-sha256");
        var good = theirs.PublicValue.ToArray();
        Assert.NotEmpty(ours.DeriveSecret(good));
        byte[][] bad = [[0], [0, .. good], good[0] == 0 ? good[1..] : [0xff, .. good], [0, 1]];
        Assert.All(bad, value => Refused(() => ours.DeriveSecret(value)));
    }

    [Theory]
    [InlineData("aes128-ctr", 3072)]
    [InlineData("aes128-gcm@openssh.com", 3072)]
    [InlineData("aes192-ctr", 7680)]
    [InlineData("aes256-ctr", 8192)]
    [InlineData("aes256-gcm@openssh.com", 8192)]
    public void The_group_that_is_asked_for_is_as_strong_as_the_stronger_cipher(string cipher, int bits)
    {
        const string version = "SSH-2.0-OpenSSH_9.2";
        Assert.Equal(bits, GroupExchange.For(Aes128 with { CipherIn = cipher }, version).PreferredBits);
        Assert.Equal(bits, GroupExchange.For(Aes128 with { CipherOut = cipher }, version).PreferredBits);
        Assert.Equal(
            Math.Min(bits, 4096),
            GroupExchange.For(Aes128 with { CipherIn = cipher }, "SSH-2.0-Cisco-1.25").PreferredBits);
    }

    [Fact]
    public void Both_sides_agree_in_a_group_of_the_server()
    {
        var exchange = GroupExchange.For(Aes128, "SSH-2.0-x");
        using var ours = exchange.ReadGroup(Provider.DiffieHellman, Group(Rfc5114["p"], Rfc5114["g"]));
        using var theirs = exchange.ReadGroup(Provider.DiffieHellman, Group(Rfc5114["p"], Rfc5114["g"]));
        Assert.Equal(ours.DeriveSecret(theirs.PublicValue), theirs.DeriveSecret(ours.PublicValue));
        Assert.False(ours.PublicValue.SequenceEqual(theirs.PublicValue));

        var reader = new SshReader(ours.HashedParameters);
        Assert.Equal((2048u, 3072u, 8192u), (reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32()));
        Assert.Equal(Rfc5114["p"], reader.ReadUnsignedMPInt());
        Assert.Equal(Rfc5114["g"], reader.ReadUnsignedMPInt());
        Assert.True(reader.AtEnd);
    }

    [Fact]
    public void A_group_that_is_none_is_refused()
    {
        var exchange = GroupExchange.For(Aes128, "SSH-2.0-x");
        byte[] prime = Rfc5114["p"], even = [.. prime[..^1], (byte)(prime[^1] - 1)], two = [2];
        byte[] large = [1, .. new byte[1023], 1];
        byte[][] bad =
        [
            Group([], two),
            Group([23], two),
            Group(prime[1..], two),
            Group([0x7f, .. prime[1..]], two),
            Group(large, two),
            Group(even, two),
            Group(prime, []),
            Group(prime, [1]),
            Group(prime, even),
            Group(prime, prime),
            [.. Group(prime, two), 0],
            Group(prime, two)[..^1],
            [MessageNumber.KexDhGexGroup],
        ];
        Assert.All(bad, message => Refused(() => exchange.ReadGroup(Provider.DiffieHellman, message)));
        exchange.ReadGroup(Provider.DiffieHellman, Group(prime, two)).Dispose();
    }

    private static void Refused(Func<object> action)
    {
        var error = Assert.Throws<SshException>(action);
        Assert.Equal(SshError.ProtocolError, error.Error);
        Assert.NotEmpty(error.Message);
    }

    private static BigInteger Number(ReadOnlySpan<byte> magnitude) =>
        new(magnitude, isUnsigned: true, isBigEndian: true);

    private static byte[] SignedBytes(BigInteger number) =>
        number.IsZero ? [] : number.ToByteArray(isUnsigned: false, isBigEndian: true);

    private static byte[] Encoded(byte[] magnitude)
    {
        var writer = new SshWriter(new byte[magnitude.Length + 5]);
        writer.WriteUnsignedMPInt(magnitude);
        return writer.Written.ToArray();
    }

    /// <summary>An mpint without its length.</summary>
    private static byte[] MPInt(byte[] magnitude) => Encoded(magnitude)[4..];

    private static byte[] Group(byte[] prime, byte[] generator) =>
        [MessageNumber.KexDhGexGroup, .. Encoded(prime), .. Encoded(generator)];

    /// <summary>[2^bits * pi], by Machin's formula.</summary>
    private static BigInteger ScaledPi(int bits)
    {
        const int guard = 64;
        var one = BigInteger.One << (bits + guard);
        return (4 * ((4 * InverseTangent(5, one)) - InverseTangent(239, one))) >> guard;
    }

    /// <summary>The arc tangent of 1/n, times the scale.</summary>
    private static BigInteger InverseTangent(int n, BigInteger scale)
    {
        var (sum, power) = (BigInteger.Zero, scale / n);
        for (var i = 1; !power.IsZero; i += 2)
        {
            sum += i % 4 == 1 ? power / i : -(power / i);
            power /= n * n;
        }

        return sum;
    }
}
