using System.Security.Cryptography;
using SshMux.Engine.Configuration;

namespace SshMux.Engine.Transport.Keys;

/// <summary>The fingerprints of public keys, in OpenSSH's forms.</summary>
internal static class KeyFingerprint
{
    /// <summary>
    /// The fingerprint of a key as on the wire: <c>SHA256:</c> and base64 without padding, or <c>MD5:</c> and pairs of
    /// hexadecimal digits.
    /// </summary>
    public static string Of(ReadOnlySpan<byte> key, FingerprintHash hash = FingerprintHash.Sha256) =>
        hash == FingerprintHash.Md5
            ? "MD5:" + string.Join(':', Hash(key, hash).Select(value => value.ToString("x2", null)))
            : "SHA256:" + Convert.ToBase64String(Hash(key, hash)).TrimEnd('=');

    /// <summary>The hash itself.</summary>
#pragma warning disable CA5351 // MD5 protects nothing here: people compare what older programs have shown them
    internal static byte[] Hash(ReadOnlySpan<byte> key, FingerprintHash hash) =>
        hash == FingerprintHash.Md5 ? MD5.HashData(key) : SHA256.HashData(key);
#pragma warning restore CA5351
}
