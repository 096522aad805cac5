using System.Buffers.Binary;
using System.Security.Cryptography;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport.Keys;

/// <content>
/// Keys on FIDO tokens (OpenSSH's PROTOCOL.u2f): what the token signs is not the data but its hash with the key's
/// application, the token's flags and its counter.
/// </content>
internal sealed partial class SshPublicKey
{
    private const string SecurityKeyEd25519 = "sk-ssh-ed25519@openssh.com";
    private const string SecurityKeyEcdsa = "sk-ecdsa-sha2-nistp256@openssh.com";

    /// <summary>Whether the private key is on a FIDO token.</summary>
    public bool IsSecurityKey => KeyType is SecurityKeyEd25519 or SecurityKeyEcdsa;

    private static EllipticCurve? CurveOf(string keyType) =>
        EllipticCurve.ByKeyType(keyType == SecurityKeyEcdsa ? "ecdsa-sha2-nistp256" : keyType);

    /// <summary>
    /// Verifies <c>string signature, byte flags, uint32 counter</c>. That the user touched the token is not demanded:
    /// here, too, OpenSSH leaves that to the server.
    /// </summary>
    private bool VerifySecurityKey(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        var reader = new SshReader(signature);
        var inner = reader.ReadString();
        var flags = reader.ReadByte();
        var counter = reader.ReadUInt32();
        reader.ExpectEnd("the signature of a FIDO token");

        Span<byte> signed = stackalloc byte[SHA256.HashSizeInBytes + 5 + SHA256.HashSizeInBytes];
        SHA256.HashData(_blob.AsSpan(_application), signed);
        signed[SHA256.HashSizeInBytes] = flags;
        BinaryPrimitives.WriteUInt32BigEndian(signed[(SHA256.HashSizeInBytes + 1)..], counter);
        SHA256.HashData(data, signed[(SHA256.HashSizeInBytes + 5)..]);
        return KeyType == SecurityKeyEd25519
            ? CryptographyProvider.Current.Ed25519.Verify(_blob.AsSpan(_point), signed, inner)
            : VerifyEcdsa(CurveOf(KeyType)!, signed, inner);
    }
}
