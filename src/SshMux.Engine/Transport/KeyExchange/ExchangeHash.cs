using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>The exchange hash H of RFC 5656 section 4 and RFC 4253 section 8: what the server signs.</summary>
internal static class ExchangeHash
{
    /// <summary>
    /// Computes H. Versions are without CR LF, KEXINITs are whole payloads, the secret is already encoded, and so are
    /// the parameters that a group exchange has (RFC 4419 section 3).
    /// </summary>
    public static byte[] Compute(
        HashAlgorithmName algorithm,
        ReadOnlySpan<byte> clientVersion,
        ReadOnlySpan<byte> serverVersion,
        ReadOnlySpan<byte> clientKexInit,
        ReadOnlySpan<byte> serverKexInit,
        ReadOnlySpan<byte> hostKey,
        ReadOnlySpan<byte> clientPublicValue,
        ReadOnlySpan<byte> serverPublicValue,
        ReadOnlySpan<byte> encodedSecret,
        ReadOnlySpan<byte> parameters = default)
    {
        using var hash = IncrementalHash.CreateHash(algorithm);
        AppendString(hash, clientVersion);
        AppendString(hash, serverVersion);
        AppendString(hash, clientKexInit);
        AppendString(hash, serverKexInit);
        AppendString(hash, hostKey);
        hash.AppendData(parameters);
        AppendString(hash, clientPublicValue);
        AppendString(hash, serverPublicValue);
        hash.AppendData(encodedSecret);
        return hash.GetHashAndReset();
    }

    private static void AppendString(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
