using System.Security.Cryptography;
using SshMux.Engine.Configuration;

namespace SshMux.Engine.Transport.Keys;

/// <summary>The fingerprints of public keys, in OpenSSH's forms.</summary>
internal static class KeyFingerprint
{
    /// <summary>
    /// The fingerprint of a key as on the wire: <c>SHA256:</c> and base64 without padding, and so on, or <c>MD5:</c> and
    /// pairs of hexadecimal digits.
    /// </summary>
    public static string Of(ReadOnlySpan<byte> key, FingerprintHash hash = FingerprintHash.Sha256) =>
        $"{NameOf(hash)}:" + (hash == FingerprintHash.Md5
            ? string.Join(':', Hash(key, hash).Select(value => value.ToString("x2", null)))
            : Convert.ToBase64String(Hash(key, hash)).TrimEnd('='));

    /// <summary>A hash as OpenSSH calls it.</summary>
    public static string NameOf(FingerprintHash hash) => hash.ToString().ToUpperInvariant();

    /// <summary>The hash itself.</summary>
#pragma warning disable CA5350, CA5351 // Nothing is protected here: people compare what older programs have shown them
    internal static byte[] Hash(ReadOnlySpan<byte> key, FingerprintHash hash) => hash switch
    {
        FingerprintHash.Md5 => MD5.HashData(key),
        FingerprintHash.Sha1 => SHA1.HashData(key),
        FingerprintHash.Sha384 => SHA384.HashData(key),
        FingerprintHash.Sha512 => SHA512.HashData(key),
        _ => SHA256.HashData(key),
    };
#pragma warning restore CA5350, CA5351
}
