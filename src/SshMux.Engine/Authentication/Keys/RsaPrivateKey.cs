using System.Security.Cryptography;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication.Keys;

/// <summary>An ssh-rsa key, signing with SHA-2 (RFC 8332).</summary>
internal sealed class RsaPrivateKey : SshPrivateKey
{
    private const string Type = "ssh-rsa";

    private readonly RSA _key;

    /// <summary>Takes a key of .NET over.</summary>
    public RsaPrivateKey(RSA key)
        : base(EncodePublicKey(key)) => _key = key;

    public override ValueTask<byte[]> SignAsync(
        string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var hash = algorithm switch
        {
            "rsa-sha2-512" => HashAlgorithmName.SHA512,
            "rsa-sha2-256" => HashAlgorithmName.SHA256,
            _ => throw new ArgumentException($"an RSA key cannot sign with {algorithm}", nameof(algorithm)),
        };
        var signature = _key.SignData(data.Span, hash, RSASignaturePadding.Pkcs1);
        return new ValueTask<byte[]>(EncodeSignature(algorithm, signature));
    }

    internal override byte[] EncodeForAgent()
    {
        var key = _key.ExportParameters(includePrivateParameters: true);
        byte[][] secrets = [key.D!, key.InverseQ!, key.P!, key.Q!];
        byte[][] numbers = [key.Modulus!, key.Exponent!, .. secrets];
        var encoded = GC.AllocateUninitializedArray<byte>(
            SshWriter.StringLength(Type) + numbers.Sum(number => 5 + number.Length), pinned: true);
        try
        {
            var writer = new SshWriter(encoded);
            writer.WriteString(Type);
            foreach (var number in numbers) writer.WriteUnsignedMPInt(number);
            return TakeWritten(encoded, writer.Length);
        }
        finally
        {
            foreach (var secret in secrets.Append(key.DP!).Append(key.DQ!)) CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>
    /// The remainder of a division of big-endian numbers, for the exponents of the two primes, which OpenSSH's format
    /// leaves out. Bit by bit, so that no copy is left behind that cannot be wiped.
    /// </summary>
    internal static void Remainder(ReadOnlySpan<byte> dividend, ReadOnlySpan<byte> divisor, Span<byte> remainder)
    {
        remainder.Clear();
        foreach (var part in dividend)
        {
            for (var bit = 7; bit >= 0; bit--)
            {
                var carry = (part >> bit) & 1;
                for (var i = remainder.Length - 1; i >= 0; i--)
                {
                    var shifted = (remainder[i] << 1) | carry;
                    remainder[i] = (byte)shifted;
                    carry = shifted >> 8;
                }

                if (carry != 0 || remainder.SequenceCompareTo(divisor) >= 0) Subtract(remainder, divisor);
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _key.Dispose();
        base.Dispose(disposing);
    }

    private static void Subtract(Span<byte> number, ReadOnlySpan<byte> subtrahend)
    {
        var borrow = 0;
        for (var i = number.Length - 1; i >= 0; i--)
        {
            var difference = number[i] - subtrahend[i] - borrow;
            number[i] = (byte)difference;
            borrow = difference < 0 ? 1 : 0;
        }
    }

    private static byte[] EncodePublicKey(RSA key)
    {
        var numbers = key.ExportParameters(includePrivateParameters: false);
        var buffer = new byte[SshWriter.StringLength(Type) + 10 + numbers.Exponent!.Length + numbers.Modulus!.Length];
        var writer = new SshWriter(buffer);
        writer.WriteString(Type);
        writer.WriteUnsignedMPInt(numbers.Exponent);
        writer.WriteUnsignedMPInt(numbers.Modulus);
        return writer.Written.ToArray();
    }
}
