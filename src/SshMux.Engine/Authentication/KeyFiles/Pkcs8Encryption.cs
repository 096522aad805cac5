using System.Formats.Asn1;
using System.Globalization;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>How a PKCS#8 key is encrypted: the cipher, and the way from the passphrase to its key.</summary>
internal abstract class Pkcs8Encryption
{
    private const string Pbes2 = "1.2.840.113549.1.5.13";
    private const string OldSchemes = "1.2.840.113549.1.5.";
    private const string Pkcs12Schemes = "1.2.840.113549.1.12.1.";

    /// <summary>The cipher of the key.</summary>
    public abstract KeyCipher Cipher { get; }

    /// <summary>Reads the AlgorithmIdentifier of an EncryptedPrivateKeyInfo (RFC 5958 section 3).</summary>
    public static Pkcs8Encryption Read(AsnReader scheme)
    {
        var identifier = scheme.ReadObjectIdentifier();
        if (identifier == Pbes2) return new Pbes2Encryption(scheme.ReadSequence());
        if (identifier.StartsWith(OldSchemes, StringComparison.Ordinal) ||
            identifier.StartsWith(Pkcs12Schemes, StringComparison.Ordinal))
        {
            return new Pbes1Encryption(identifier, scheme.ReadSequence());
        }

        throw Unsupported($"the scheme {identifier}");
    }

    /// <summary>Fills the key of the cipher and its initialization vector.</summary>
    public abstract void DeriveKey(ReadOnlySpan<byte> passphrase, Span<byte> key, Span<byte> iv);

    /// <summary>Reads how often a hash is to be repeated.</summary>
    protected static int ReadIterations(AsnReader parameters)
    {
        var text = parameters.ReadInteger();
        if (text.Sign <= 0) throw Unusable("is damaged (its number of iterations)");
        return text <= PassphraseDerivation.MaxIterations ? (int)text : throw TooMuch(
            $"more than {PassphraseDerivation.MaxIterations.ToString("N0", CultureInfo.InvariantCulture)} iterations");
    }

    protected static SshException TooMuch(string what) => Unusable(
        $"asks for too much work ({what}) to derive its key from the passphrase; " +
        "give it OpenSSH's own format with: ssh-keygen -p -f FILE");

    protected static SshException Unsupported(string what) => Unusable(
        $"is encrypted with {what}, which is not supported; give it OpenSSH's own format with: ssh-keygen -p -f FILE");

    protected static SshException Unusable(string why) => new(SshError.KeyUnusable, why);
}
