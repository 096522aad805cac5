using System.Collections.Frozen;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport.Keys;

/// <summary>
/// An OpenSSH certificate (PROTOCOL.certkeys): a public key with names, a time and limits, signed by a certificate
/// authority. Certificates exist for all key types that <see cref="SshPublicKey"/> knows.
/// </summary>
internal sealed partial class SshCertificate
{
    /// <summary>The longest certificate that is read, in bytes; more does not fit into a message.</summary>
    public const int MaxLength = 256 * 1024;

    private const string Suffix = "-cert-v01@openssh.com";
    private const string MlDsaType = SshAlgorithms.MlDsa44Ed25519 + "-cert"; // without OpenSSH's suffix
    private const int MaxPrincipals = 256; // SSHKEY_CERT_MAX_PRINCIPALS
    private const int MaxOptions = 1024;

    // The key type of each type of certificate.
    private static readonly FrozenDictionary<string, string> PlainTypes = new[]
    {
        "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
        SshAlgorithms.MlDsa44Ed25519,
    }.ToFrozenDictionary(type => type == SshAlgorithms.MlDsa44Ed25519
        ? MlDsaType
        : type.Replace("@openssh.com", "", StringComparison.Ordinal) + Suffix);

    private readonly byte[] _blob;

    private SshCertificate(byte[] blob)
    {
        _blob = blob;
        var reader = new SshReader(blob);
        Type = reader.ReadUtf8String();
        var plainType = PlainTypes.GetValueOrDefault(Type) ?? throw new SshException(
            SshError.NotSupported, $"certificates of type {Printable.Text(Type, 64)} are not supported");
        reader.ReadString(); // the nonce
        Key = ReadKey(plainType, ref reader);
        Serial = reader.ReadUInt64();
        var kind = reader.ReadUInt32();
        Kind = kind is (uint)SshCertificateKind.User or (uint)SshCertificateKind.Host
            ? (SshCertificateKind)kind
            : throw SshException.Protocol($"a certificate is neither for users nor for hosts (type {kind})");
        KeyId = ReadName(ref reader, "key id");
        Principals = ReadPrincipals(reader.ReadString());
        ValidAfter = reader.ReadUInt64();
        ValidBefore = reader.ReadUInt64();
        CriticalOptions = ReadOptions(reader.ReadString());
        Extensions = ReadOptions(reader.ReadString());
        reader.ReadString(); // reserved
        Authority = ReadAuthority(reader.ReadString());
        var signed = blob.AsSpan(0, blob.Length - reader.Rest.Length);
        var signature = reader.ReadString();
        reader.ExpectEnd("a certificate");

        SignatureAlgorithm = new SshReader(signature).ReadUtf8String();
        IsSignatureVerified = Authority.SignatureAlgorithms.Contains(SignatureAlgorithm);
        if (IsSignatureVerified
                ? !Authority.VerifySignatureBlob(SignatureAlgorithm, signed, signature)
                : Authority.KeyType != "ssh-rsa" || SignatureAlgorithm != "ssh-rsa")
        {
            throw SshException.Protocol(
                $"the certificate of key {Key.Fingerprint} is not signed by the authority that it names, " +
                $"{Authority.Fingerprint}: the signature is wrong");
        }
    }

    /// <summary>The certificate's type, as ssh-ed25519-cert-v01@openssh.com; the first string of the blob.</summary>
    public string Type { get; }

    /// <summary>The key that is certified, as a plain key.</summary>
    public SshPublicKey Key { get; }

    /// <summary>The number that the authority gave it, for revocations; 0 if it gave none.</summary>
    public ulong Serial { get; }

    /// <summary>Whether it is for a user or a host.</summary>
    public SshCertificateKind Kind { get; }

    /// <summary>Free text of the authority; what a server logs. To show it, make it printable first.</summary>
    public string KeyId { get; }

    /// <summary>The user or host names that it is for. OpenSSH before 10.3 took an empty list for any of them.</summary>
    public IReadOnlyList<string> Principals { get; }

    /// <summary>Valid from this time on, in seconds since 1970 (UTC).</summary>
    public ulong ValidAfter { get; }

    /// <summary>Valid before this time, in seconds since 1970 (UTC); <see cref="ulong.MaxValue"/>: forever.</summary>
    public ulong ValidBefore { get; }

    /// <summary>Limits; who does not know one of them must refuse the certificate.</summary>
    public IReadOnlyList<SshCertificateOption> CriticalOptions { get; }

    /// <summary>Permissions; those that are not known are ignored.</summary>
    public IReadOnlyList<SshCertificateOption> Extensions { get; }

    /// <summary>The authority's key, which signed it. Whether to trust it is another question.</summary>
    public SshPublicKey Authority { get; }

    /// <summary>The algorithm of the authority's signature, as rsa-sha2-512.</summary>
    public string SignatureAlgorithm { get; }

    /// <summary>
    /// Whether the signature was checked (and right). False only for an RSA authority that signed with SHA-1, which is
    /// not done here: such a certificate can be offered to a server, but is never accepted from one.
    /// </summary>
    public bool IsSignatureVerified { get; }

    /// <summary>The whole certificate as on the wire, and base64-encoded in a -cert.pub file.</summary>
    public ReadOnlyMemory<byte> Blob => _blob;

    /// <summary>
    /// The algorithms that a login with it, or a host key of it, can be signed with: the names of PROTOCOL.certkeys,
    /// the preferred one first. <see cref="PlainAlgorithm"/> gives what is in the signature.
    /// </summary>
    public IReadOnlyList<string> Algorithms =>
        Key.KeyType == "ssh-rsa" ? ["rsa-sha2-512" + Suffix, "rsa-sha2-256" + Suffix] : [Type];

    /// <summary>Whether a name is that of a certificate's type, or of a signature algorithm with one.</summary>
    public static bool IsCertificateName(string name) =>
        name.EndsWith(Suffix, StringComparison.Ordinal) || name == MlDsaType;

    /// <summary>
    /// The signature algorithm that goes with a certificate algorithm (rsa-sha2-512 for
    /// rsa-sha2-512-cert-v01@openssh.com), or the key type of a certificate's type; other names stay as they are.
    /// </summary>
    public static string PlainAlgorithm(string name) =>
        PlainTypes.TryGetValue(name, out var plain) ? plain
        : IsCertificateName(name) ? name[..^Suffix.Length]
        : name;

    /// <summary>Whether a key blob begins as a certificate does.</summary>
    public static bool IsCertificate(ReadOnlySpan<byte> blob)
    {
        try
        {
            return IsCertificateName(new SshReader(blob).ReadUtf8String());
        }
        catch (SshException)
        {
            return false; // no key at all; who parses it says what is wrong
        }
    }

    /// <summary>
    /// Parses a certificate and checks the authority's signature. Throws <see cref="SshException"/>:
    /// <see cref="SshError.NotSupported"/> for a type of certificate or authority that is not known here,
    /// <see cref="SshError.ProtocolError"/> for a malformed one or a wrong signature.
    /// </summary>
    public static SshCertificate Parse(ReadOnlySpan<byte> blob) => blob.Length <= MaxLength
        ? new SshCertificate(blob.ToArray())
        : throw SshException.Protocol($"a certificate of {blob.Length} bytes is too long (at most {MaxLength})");

    /// <summary>The certificate as in a -cert.pub file, without a comment.</summary>
    public override string ToString() => $"{Type} {Convert.ToBase64String(_blob)}";

    /// <summary>The plain key: its type, and the fields between the nonce and the serial number as they are.</summary>
    private static SshPublicKey ReadKey(string plainType, ref SshReader reader)
    {
        var fields = reader.Rest;
        var count = plainType switch
        {
            "ssh-ed25519" or SshAlgorithms.MlDsa44Ed25519 => 1,
            "sk-ecdsa-sha2-nistp256@openssh.com" => 3,
            _ => 2,
        };
        for (var i = 0; i < count; i++) reader.ReadString();
        fields = fields[..^reader.Rest.Length];

        var plain = new byte[SshWriter.StringLength(plainType) + fields.Length];
        var writer = new SshWriter(plain);
        writer.WriteString(plainType);
        writer.WriteBytes(fields);
        return SshPublicKey.Parse(plain);
    }

    private static SshPublicKey ReadAuthority(ReadOnlySpan<byte> blob) => IsCertificate(blob)
        ? throw SshException.Protocol("a certificate is signed by another certificate, which is not allowed")
        : SshPublicKey.Parse(blob);

    private static string ReadName(ref SshReader reader, string what)
    {
        var bytes = reader.ReadString();
        if (bytes.Contains((byte)0)) throw SshException.Protocol($"the {what} of a certificate has a NUL in it");

        // Names are compared and shown; one that is not UTF-8 is kept so that no two of them become the same.
        return ByteText.Decode(bytes);
    }

    private static List<string> ReadPrincipals(ReadOnlySpan<byte> packed)
    {
        List<string> principals = [];
        var reader = new SshReader(packed);
        while (!reader.AtEnd)
        {
            if (principals.Count == MaxPrincipals)
            {
                throw SshException.Protocol($"a certificate has more than {MaxPrincipals} principals");
            }

            principals.Add(ReadName(ref reader, "list of principals"));
        }

        return principals;
    }

    private static List<SshCertificateOption> ReadOptions(ReadOnlySpan<byte> packed)
    {
        List<SshCertificateOption> options = [];
        var reader = new SshReader(packed);
        while (!reader.AtEnd)
        {
            if (options.Count == MaxOptions)
            {
                throw SshException.Protocol($"a certificate has more than {MaxOptions} options");
            }

            var name = ReadName(ref reader, "list of options");
            options.Add(new SshCertificateOption(name, reader.ReadString().ToArray()));
        }

        return options;
    }
}
