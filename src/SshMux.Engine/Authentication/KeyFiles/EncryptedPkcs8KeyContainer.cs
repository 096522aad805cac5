using System.Formats.Asn1;
using System.Security.Cryptography;
using SshMux.Engine.Authentication.Keys;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>
/// "BEGIN ENCRYPTED PRIVATE KEY": PKCS#8 (RFC 5958 section 3). .NET reads it for RSA and ECDSA only, and what is in it is
/// known after decryption.
/// </summary>
internal sealed class EncryptedPkcs8KeyContainer : DerKeyContainer
{
    private readonly Pkcs8Encryption _encryption;
    private readonly byte[] _text;

    /// <summary>Reads the outer part of the decoded file.</summary>
    public EncryptedPkcs8KeyContainer(byte[] der)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
            var scheme = outer.ReadSequence();
            _text = outer.ReadOctetString();
            _encryption = Pkcs8Encryption.Read(scheme);
        }
        catch (AsnContentException e)
        {
            throw Unusable($"is damaged ({e.Message})", e);
        }

        if (_text.Length == 0 || _text.Length % _encryption.Cipher.BlockLength != 0)
        {
            throw Unusable("is damaged (the length of its text)");
        }
    }

    public override bool IsEncrypted => true;

    public override SshPrivateKey? TryDecrypt(ReadOnlySpan<byte> passphrase, CancellationToken cancellationToken)
    {
        var cipher = _encryption.Cipher;
        Span<byte> key = stackalloc byte[cipher.KeyLength];
        Span<byte> iv = stackalloc byte[cipher.IvLength];
        try
        {
            _encryption.DeriveKey(passphrase, key, iv);
            cancellationToken.ThrowIfCancellationRequested();
            return TryReadEncrypted("PRIVATE KEY", cipher, key, iv, _text);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    // What is kept is encrypted.
    public override void Dispose()
    {
    }
}
