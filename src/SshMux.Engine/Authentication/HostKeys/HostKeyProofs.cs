using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>
/// Proofs that the server holds host keys (hostkeys-prove-00@openssh.com, OpenSSH's PROTOCOL section 2.5): signatures
/// of the connection's session identifier and the key.
/// </summary>
/// <param name="sessionId">The session identifier.</param>
/// <param name="agreed">The host key algorithm that was agreed on.</param>
internal sealed class HostKeyProofs(ReadOnlyMemory<byte> sessionId, string agreed)
{
    /// <summary>The request for proofs.</summary>
    public const string Request = "hostkeys-prove-00@openssh.com";

    /// <summary>The fields of the request.</summary>
    public static byte[] FieldsFor(IReadOnlyList<SshPublicKey> keys)
    {
        var fields = new byte[keys.Sum(key => 4 + key.Blob.Length)];
        var writer = new SshWriter(fields);
        foreach (var key in keys) writer.WriteString(key.Blob.Span);
        return fields;
    }

    /// <summary>
    /// Checks the signatures, one for each key in order, and gives the keys that do not count: RSA keys with another
    /// algorithm than SHA-2, or than the one that was agreed on.
    /// </summary>
    /// <param name="keys">The keys of the request.</param>
    /// <param name="answer">The answer's data.</param>
    /// <exception cref="SshException"><see cref="SshError.ProtocolError"/>: a signature is wrong.</exception>
    public IReadOnlyList<SshPublicKey> UnprovenOf(IReadOnlyList<SshPublicKey> keys, byte[] answer)
    {
        List<SshPublicKey> unproven = [];
        var reader = new SshReader(answer);
        foreach (var key in keys)
        {
            var signature = reader.ReadString();
            var algorithm = new SshReader(signature).ReadUtf8String();
            if (key.KeyType == "ssh-rsa" && !key.SignatureAlgorithms.Contains(algorithm))
            {
                unproven.Add(key);
                continue;
            }

            if (key.SignatureAlgorithms.Contains(agreed) && key.KeyType == "ssh-rsa") algorithm = agreed;
            if (!key.VerifySignatureBlob(algorithm, SignedFor(key), signature))
            {
                throw SshException.Protocol($"the server's proof that it holds {key.Fingerprint} is wrong");
            }
        }

        reader.ExpectEnd("the proof of host keys");
        return unproven;
    }

    private byte[] SignedFor(SshPublicKey key)
    {
        var signed = new byte[SshWriter.StringLength(Request) + 8 + sessionId.Length + key.Blob.Length];
        var writer = new SshWriter(signed);
        writer.WriteString(Request);
        writer.WriteString(sessionId.Span);
        writer.WriteString(key.Blob.Span);
        return signed;
    }
}
