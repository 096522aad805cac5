using System.Security.Cryptography;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication.Keys;

/// <summary>A key that can sign: from a file, or one that stays in the agent.</summary>
internal abstract class SshPrivateKey : IDisposable
{
    private protected SshPrivateKey(ReadOnlyMemory<byte> publicKey)
    {
        PublicKey = publicKey;
        KeyType = new SshReader(publicKey.Span).ReadUtf8String();
        SignatureAlgorithms = AlgorithmsOf(KeyType);
    }

    /// <summary>The public key, or certificate, in its wire form.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>The type that the public key names, as ssh-ed25519.</summary>
    public string KeyType { get; }

    /// <summary>What the file calls the key, or the agent, which often names the file; empty: nothing.</summary>
    public string Comment { get; internal set; } = "";

    /// <summary>The signature algorithms that it can make, the preferred one first; none: it cannot be used.</summary>
    public IReadOnlyList<string> SignatureAlgorithms { get; }

    /// <summary>
    /// Signs. The result is as on the wire: <c>string algorithm, string signature</c> (RFC 4253 section 6.6).
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.KeyUnusable"/>: the key or its agent fails.</exception>
    public abstract ValueTask<byte[]> SignAsync(
        string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>
    /// The key as agents take it (draft-ietf-sshm-ssh-agent section 3.2): its type and its numbers, the secret ones
    /// too. The caller wipes it. Null for a key that cannot be taken out of where it is.
    /// </summary>
    internal virtual byte[]? EncodeForAgent() => null;

    /// <summary>Wipes what is secret.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Wipes what is secret.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>The signature algorithms of a key type; RSA signs with SHA-2 only (RFC 8332).</summary>
    internal static IReadOnlyList<string> AlgorithmsOf(string keyType) => keyType switch
    {
        "ssh-rsa" => ["rsa-sha2-512", "rsa-sha2-256"],
        "ssh-rsa-cert-v01@openssh.com" => ["rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com"],
        "ssh-dss" or "ssh-dss-cert-v01@openssh.com" => [],
        _ => [keyType],
    };

    /// <summary>The part of a secret buffer that was used; the buffer itself is wiped.</summary>
    private protected static byte[] TakeWritten(byte[] buffer, int length)
    {
        if (length == buffer.Length) return buffer;
        var written = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        buffer.AsSpan(0, length).CopyTo(written);
        CryptographicOperations.ZeroMemory(buffer);
        return written;
    }

    private protected static byte[] EncodeSignature(string algorithm, ReadOnlySpan<byte> signature)
    {
        var blob = new byte[SshWriter.StringLength(algorithm) + 4 + signature.Length];
        var writer = new SshWriter(blob);
        writer.WriteString(algorithm);
        writer.WriteString(signature);
        return blob;
    }
}
