using System.Security.Cryptography;
using SshMux.Engine.Authentication.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>
/// A PEM file's key that is not encrypted, or encrypted in the old way of OpenSSL ("Proc-Type: 4,ENCRYPTED").
/// </summary>
internal sealed class PemKeyContainer : DerKeyContainer
{
    private const int SaltLength = 8;

    private readonly string _label;
    private readonly byte[] _data;
    private readonly KeyCipher? _cipher;
    private readonly byte[] _iv = [];

    /// <summary>Takes the decoded data over; <paramref name="encryption"/> is the DEK-Info, null for none.</summary>
    public PemKeyContainer(string label, byte[] data, string? encryption)
    {
        _label = label;
        _data = data;
        if (encryption is null) return;
        var comma = encryption.IndexOf(',', StringComparison.Ordinal);
        var name = (comma < 0 ? encryption : encryption[..comma]).Trim();
        _cipher = OpenSslCiphers.ByName(name);

        // The salt of the key is the beginning of the initialization vector.
        if (_cipher is not { IvLength: >= SaltLength })
        {
            throw Unusable(
                $"is encrypted with {Printable.Text(name, 64)}, which is not supported; " +
                "give it OpenSSH's own format with: ssh-keygen -p -f FILE");
        }

        try
        {
            _iv = Convert.FromHexString(encryption.AsSpan(comma + 1).Trim());
        }
        catch (FormatException e)
        {
            throw Unusable("is damaged (its DEK-Info)", e);
        }

        if (_iv.Length != _cipher.IvLength || data.Length == 0 || data.Length % _cipher.BlockLength != 0)
        {
            throw Unusable("is damaged (its DEK-Info or length)");
        }
    }

    public override bool IsEncrypted => _cipher is not null;

    public override SshPrivateKey? TryDecrypt(ReadOnlySpan<byte> passphrase, CancellationToken cancellationToken)
    {
        if (_cipher is null) return ReadKey(_label, _data);
        Span<byte> key = stackalloc byte[_cipher.KeyLength];
        try
        {
            DeriveKey(passphrase, _iv.AsSpan(0, SaltLength), key);
            return TryReadEncrypted(_label, _cipher, key, _iv, _data);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public override void Dispose() => CryptographicOperations.ZeroMemory(_data);

    /// <summary>OpenSSL's EVP_BytesToKey with MD5 and one iteration.</summary>
    private static void DeriveKey(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, Span<byte> key)
    {
        Span<byte> digest = stackalloc byte[MD5.HashSizeInBytes];
#pragma warning disable CA5351 // The format demands it; such a key should be given a better one, as ssh-keygen -p does.
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        for (var filled = 0; filled < key.Length;)
        {
            if (filled > 0) md5.AppendData(digest);
            md5.AppendData(passphrase);
            md5.AppendData(salt);
            md5.GetHashAndReset(digest);
            var take = Math.Min(digest.Length, key.Length - filled);
            digest[..take].CopyTo(key[filled..]);
            filled += take;
        }

        CryptographicOperations.ZeroMemory(digest);
    }
}
