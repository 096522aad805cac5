using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport.Keys;

/// <summary>
/// A public key as SSH sends it: <c>ssh-ed25519</c> (RFC 8709), <c>ecdsa-sha2-nistp256/384/521</c> (RFC 5656),
/// <c>ssh-rsa</c> (RFC 4253 section 6.6), <c>ssh-mldsa44-ed25519</c> (OpenSSH 10.6), or a key on a FIDO token (OpenSSH's PROTOCOL.u2f). Equal when the blobs are.
/// </summary>
internal sealed partial class SshPublicKey : IEquatable<SshPublicKey>
{
    /// <summary>The fewest bits of an RSA modulus that are accepted, as RequiredRSASize of ssh_config(5).</summary>
    public const int MinimumRsaBits = 1024;

    private const int MaximumRsaBits = 16384;

    private readonly byte[] _blob;
    private readonly Range _point; // ed25519, mldsa44-ed25519: the key; ecdsa: the uncompressed point; rsa: unused
    private readonly Range _application; // of a key on a token
    private readonly Range _exponent;
    private readonly Range _modulus;

    private SshPublicKey(byte[] blob)
    {
        _blob = blob;
        var reader = new SshReader(blob);
        KeyType = reader.ReadUtf8String();
        switch (KeyType)
        {
            case "ssh-ed25519":
            case SecurityKeyEd25519:
                _point = RangeOf(blob, reader.ReadString(), ref reader);
                if (Length(_point) != IEd25519.KeyLength)
                {
                    throw SshException.Protocol($"an {KeyType} key must be of 32 bytes");
                }

                Bits = 256;
                break;
            case SshAlgorithms.MlDsa44Ed25519:
                _point = RangeOf(blob, reader.ReadString(), ref reader);
                if (Length(_point) != IMlDsa44Ed25519.PublicKeyLength)
                {
                    throw SshException.Protocol($"an {KeyType} key must be of {IMlDsa44Ed25519.PublicKeyLength} bytes");
                }

                Bits = 512;
                break;
            case "ssh-rsa":
                _exponent = RangeOf(blob, reader.ReadUnsignedMPInt(), ref reader);
                _modulus = RangeOf(blob, reader.ReadUnsignedMPInt(), ref reader);
                Bits = CheckRsa(blob[_exponent], blob[_modulus]);
                break;
            default:
                var curve = CurveOf(KeyType) ?? throw new SshException(
                    SshError.NotSupported, $"keys of type {Printable.Text(KeyType, 64)} are not supported");
                if (reader.ReadUtf8String() != curve.Name)
                {
                    throw SshException.Protocol($"an {KeyType} key names another curve");
                }

                _point = RangeOf(blob, reader.ReadString(), ref reader);
                if (!curve.Curve.LooksLikePoint(blob.AsSpan(_point)))
                {
                    throw SshException.Protocol($"an {KeyType} key is not an uncompressed point of its curve");
                }

                Bits = curve.Bits;
                break;
        }

        if (IsSecurityKey) _application = RangeOf(blob, reader.ReadString(), ref reader);
        reader.ExpectEnd($"the {KeyType} key");
    }

    /// <summary>The key's type, the first string of the blob.</summary>
    public string KeyType { get; }

    /// <summary>The size of the key as ssh-keygen -l tells it.</summary>
    public int Bits { get; }

    /// <summary>The whole key as on the wire, and base64-encoded in known_hosts and authorized_keys.</summary>
    public ReadOnlyMemory<byte> Blob => _blob;

    /// <summary>The fingerprint as OpenSSH prints it: <c>SHA256:</c> and unpadded base64.</summary>
    public string Fingerprint => KeyFingerprint.Of(_blob);

    /// <summary>
    /// The signature algorithms that a key of this type can make, the preferred one first (RFC 8332 for RSA).
    /// </summary>
    public IReadOnlyList<string> SignatureAlgorithms =>
        KeyType == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [KeyType];

    /// <summary>
    /// Parses a key blob. Throws <see cref="SshException"/>: <see cref="SshError.NotSupported"/> for a type that is not
    /// known here (certificates too) or an RSA key that is too small, <see cref="SshError.ProtocolError"/> for a
    /// malformed one.
    /// </summary>
    public static SshPublicKey Parse(ReadOnlySpan<byte> blob) => new(blob.ToArray());

    /// <summary>
    /// Verifies a signature given as its inner blob, without the algorithm's name in front (for a key on a token, what
    /// follows the name, the token's flags and counter included). An algorithm that this
    /// key's type does not have (ssh-rsa with SHA-1 among them), a malformed signature and an invalid key (a point that
    /// is not on its curve) give false.
    /// </summary>
    public bool Verify(string signatureAlgorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (!SignatureAlgorithms.Contains(signatureAlgorithm)) return false;
        try
        {
            return KeyType switch
            {
                "ssh-ed25519" => CryptographyProvider.Current.Ed25519.Verify(_blob.AsSpan(_point), data, signature),
                SshAlgorithms.MlDsa44Ed25519 => CryptographyProvider.Current.MlDsa44Ed25519.Verify(_blob.AsSpan(_point), data, signature),
                "ssh-rsa" => VerifyRsa(signatureAlgorithm, data, signature),
                SecurityKeyEd25519 or SecurityKeyEcdsa => VerifySecurityKey(data, signature),
                _ => VerifyEcdsa(EllipticCurve.ByKeyType(KeyType)!, data, signature),
            };
        }
        catch (CryptographicException)
        {
            // The key's numbers are no valid key (a point beside its curve, ...): it has signed nothing.
            return false;
        }
        catch (SshException e) when (e.Error == SshError.ProtocolError)
        {
            // Malformed mpints in the signature.
            return false;
        }
    }

    /// <summary>
    /// Verifies a signature as on the wire: <c>string algorithm, string signature</c>. The algorithm must be
    /// <paramref name="signatureAlgorithm"/>, the one that was agreed on.
    /// </summary>
    public bool VerifySignatureBlob(
        string signatureAlgorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signatureBlob)
    {
        var reader = new SshReader(signatureBlob);
        var algorithm = reader.ReadUtf8String();
        var signature = IsSecurityKey ? reader.Rest : reader.ReadString();
        if (!IsSecurityKey) reader.ExpectEnd("a signature");
        return algorithm == signatureAlgorithm && Verify(signatureAlgorithm, data, signature);
    }

    /// <inheritdoc/>
    public bool Equals(SshPublicKey? other) => other is not null && _blob.AsSpan().SequenceEqual(other._blob);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SshPublicKey);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_blob);
        return hash.ToHashCode();
    }

    /// <summary>The key as in an authorized_keys file, without a comment.</summary>
    public override string ToString() => $"{KeyType} {Convert.ToBase64String(_blob)}";

    private static int CheckRsa(ReadOnlySpan<byte> exponent, ReadOnlySpan<byte> modulus)
    {
        if (exponent.IsEmpty || (exponent[^1] & 1) == 0 || (exponent.Length == 1 && exponent[0] < 3)
            || modulus.IsEmpty || (modulus[^1] & 1) == 0)
        {
            throw SshException.Protocol("an ssh-rsa key has an impossible modulus or exponent");
        }

        var bits = (8 * modulus.Length) - System.Numerics.BitOperations.LeadingZeroCount(modulus[0]) + 24;
        return bits is >= MinimumRsaBits and <= MaximumRsaBits
            ? bits
            : throw new SshException(
                SshError.NotSupported,
                $"an RSA key of {bits} bits is refused: {MinimumRsaBits} to {MaximumRsaBits} bits are accepted");
    }

    private bool VerifyRsa(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        var modulus = _blob[_modulus];
        if (signature.Length > modulus.Length) return false;

        // RFC 8332 wants the full length; some signers drop leading zero bytes.
        Span<byte> padded = stackalloc byte[modulus.Length];
        padded.Clear();
        signature.CopyTo(padded[(modulus.Length - signature.Length)..]);
        using var rsa = RSA.Create(new RSAParameters { Exponent = _blob[_exponent], Modulus = modulus });
        var hash = algorithm == "rsa-sha2-512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256;
        return rsa.VerifyData(data, padded, hash, RSASignaturePadding.Pkcs1);
    }

    private bool VerifyEcdsa(EllipticCurve curve, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        var reader = new SshReader(signature);
        var r = reader.ReadUnsignedMPInt();
        var s = reader.ReadUnsignedMPInt();
        reader.ExpectEnd("an ECDSA signature");
        if (r.Length > curve.FieldLength || s.Length > curve.FieldLength) return false;

        Span<byte> fixedLength = stackalloc byte[2 * curve.FieldLength];
        fixedLength.Clear();
        r.CopyTo(fixedLength[(curve.FieldLength - r.Length)..]);
        s.CopyTo(fixedLength[(fixedLength.Length - s.Length)..]);
        return CryptographyProvider.Current.NistCurves.VerifyHash(
            curve.Curve, _blob.AsSpan(_point), CryptographicOperations.HashData(curve.Hash, data), fixedLength);
    }

    /// <summary>Where in the blob the part is that was read last: the blob keeps everything once.</summary>
    private static Range RangeOf(byte[] blob, ReadOnlySpan<byte> part, ref SshReader reader)
    {
        var end = blob.Length - reader.Rest.Length;
        return (end - part.Length)..end;
    }

    private static int Length(Range range) => range.End.Value - range.Start.Value;
}
