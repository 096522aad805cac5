using System.Security.Cryptography;
using SshMux.Engine.Cryptography;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>
/// Gives RSA keys to .NET as PKCS#8 (RFC 5958), encoded here in one buffer that is wiped. It takes the numbers and
/// PKCS#1 as well, but encodes those itself, and leaves copies behind.
/// </summary>
internal static class RsaKeyImport
{
    private const byte Integer = 0x02;
    private const byte OctetString = 0x04;
    private const byte Sequence = 0x30;

    /// <summary>Version 0; the algorithm rsaEncryption, without parameters.</summary>
    private static ReadOnlySpan<byte> Head =>
        [2, 1, 0, 0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];

    /// <summary>Takes a key of all its numbers.</summary>
    /// <exception cref="CryptographicException">They are no key.</exception>
    public static RSA FromNumbers(in RSAParameters key)
    {
        ReadOnlySpan<byte[]> numbers =
            [[0], key.Modulus!, key.Exponent!, key.D!, key.P!, key.Q!, key.DP!, key.DQ!, key.InverseQ!];
        var length = 0;
        foreach (var number in numbers) length += LengthOf(Contents(number).Length + Sign(number));
        var pkcs1 = Pinned.Bytes(LengthOf(length));
        try
        {
            var rest = WriteHeader(pkcs1, Sequence, length);
            foreach (var number in numbers)
            {
                var contents = Contents(number);
                rest = WriteHeader(rest, Integer, contents.Length + Sign(number));
                contents.CopyTo(rest[Sign(number)..]);
                rest = rest[(contents.Length + Sign(number))..];
            }

            return FromPkcs1(pkcs1);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs1);
        }
    }

    /// <summary>Takes a key in the encoding of PKCS#1 (RFC 8017 appendix A.1.2).</summary>
    /// <exception cref="CryptographicException">It is no key.</exception>
    public static RSA FromPkcs1(ReadOnlySpan<byte> der)
    {
        var length = Head.Length + LengthOf(der.Length);
        var pkcs8 = Pinned.Bytes(LengthOf(length));
        var key = RSA.Create();
        try
        {
            var rest = WriteHeader(pkcs8, Sequence, length);
            Head.CopyTo(rest);
            der.CopyTo(WriteHeader(rest[Head.Length..], OctetString, der.Length));
            key.ImportPkcs8PrivateKey(pkcs8, out _);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    private static ReadOnlySpan<byte> Contents(byte[] number) => number.AsSpan().TrimStart((byte)0);

    /// <summary>One byte more where the number would look negative, or has none at all.</summary>
    private static int Sign(byte[] number) => Contents(number) is [] or [>= 0x80, ..] ? 1 : 0;

    /// <summary>The length of something with its header.</summary>
    private static int LengthOf(int contents) =>
        contents + (contents < 0x80 ? 2 : contents < 0x100 ? 3 : contents < 0x10000 ? 4 : 5);

    private static Span<byte> WriteHeader(Span<byte> destination, byte tag, int length)
    {
        var header = LengthOf(length) - length;
        destination[0] = tag;
        if (header == 2)
        {
            destination[1] = (byte)length;
        }
        else
        {
            destination[1] = (byte)(0x80 + header - 2);
            for (var i = header - 1; i > 1; i--, length >>= 8) destination[i] = (byte)length;
        }

        return destination[header..];
    }
}
