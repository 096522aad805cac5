using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>
/// Our half of a Diffie-Hellman style key exchange: a fresh key pair, used once. Methods differ in what the public
/// values are and in how the shared secret is encoded. The messages are those of RFC 5656 section 4 for all of them: an
/// mpint, which RFC 4253 section 8 has in their place, looks like a string on the wire. Only a group exchange takes
/// other numbers for them, and has two messages before.
/// </summary>
internal abstract class EphemeralKey : IDisposable
{
    /// <summary>The hash of the exchange and of the key derivation.</summary>
    public abstract HashAlgorithmName Hash { get; }

    /// <summary>Our public value, Q_C or e.</summary>
    public abstract ReadOnlySpan<byte> PublicValue { get; }

    /// <summary>
    /// What enters the exchange hash between the host key and the public values: a group's parameters.
    /// </summary>
    public virtual ReadOnlySpan<byte> HashedParameters => [];

    /// <summary>
    /// Whether <see cref="DeriveSecret"/> takes so long that it must not be called on a thread that serves others.
    /// </summary>
    public virtual bool TakesLong => false;

    /// <summary>
    /// Computes the shared secret from the server's public value, Q_S or f, encoded as it enters hash and key
    /// derivation (with its length). The caller wipes it. Throws <see cref="SshException"/> with
    /// <see cref="SshError.ProtocolError"/> for a value that is not valid or not safe.
    /// </summary>
    public abstract byte[] DeriveSecret(ReadOnlySpan<byte> serverPublicValue);

    /// <summary>Wipes the private key.</summary>
    public abstract void Dispose();

    /// <summary>
    /// Makes a fresh key pair for a key exchange method; not for a group exchange. With sntrup761 it takes long, as
    /// <see cref="TakesLong"/> has it.
    /// </summary>
    public static EphemeralKey Create(ICryptographyProvider provider, string method)
    {
        if (method is SshAlgorithms.X25519 or SshAlgorithms.X25519AtLibssh) return new X25519Key(provider.X25519);
        if (HybridKey.IsPostQuantum(method)) return HybridKey.CreateFor(provider, method);
        if (DiffieHellmanGroup.ByKeyExchange(method) is { } group) return group.CreateKey(provider.DiffieHellman);
        var curve = EllipticCurve.ByKeyExchange(method)
            ?? throw new ArgumentException($"unknown key exchange {method}", nameof(method));
        return new EcdhKey(provider.NistCurves, curve);
    }

    /// <summary>Encodes a secret number as an mpint and wipes the input.</summary>
    protected static byte[] EncodeAndWipe(Span<byte> secret)
    {
        Span<byte> buffer = stackalloc byte[5 + secret.Length];
        var writer = new SshWriter(buffer);
        writer.WriteUnsignedMPInt(secret);
        var encoded = Pinned.Copy(writer.Written);
        CryptographicOperations.ZeroMemory(buffer);
        CryptographicOperations.ZeroMemory(secret);
        return encoded;
    }
}
