using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Renci.SshNet.Security;
using SshMux.Engine.Authentication.Keys;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;
using SshNet = Renci.SshNet;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>
/// A private key of PuTTY or ssh.com, which SSH.NET decrypts and reads. The file is checked before that and written anew
/// for it: SSH.NET's patterns know one way to lay it out, and search without end in some others. It takes the passphrase
/// as a string and keeps copies of the key; neither can be wiped. What it hands over is, and so is what is kept here.
/// </summary>
internal sealed class ForeignKeyContainer : KeyContainer
{
    private const int BytesInLine = 48;
    private const int CharactersInLine = 64;

    private readonly byte[] _head;
    private readonly byte[] _private;
    private readonly byte[] _tail;

    /// <summary>Copies the private part; head and tail are what stands before and after its lines of base64.</summary>
    public ForeignKeyContainer(string head, ReadOnlySpan<byte> privatePart, string tail)
    {
        _head = Encoding.UTF8.GetBytes(head);
        _private = Pinned.Copy(privatePart);
        _tail = Encoding.UTF8.GetBytes(tail);
    }

    public override bool IsEncrypted => Encryption.Length > 0;

    public override ReadOnlyMemory<byte>? PublicKey => KnownPublicKey;

    /// <summary>The cipher, as the file names it; empty: none.</summary>
    public required string Encryption { get; init; }

    /// <summary>The public key, where the file shows it.</summary>
    public ReadOnlyMemory<byte>? KnownPublicKey { get; init; }

    /// <summary>What the file calls the key.</summary>
    public string Comment { get; init; } = "";

    /// <summary>
    /// Whether the file tells a wrong passphrase from damage, so that SSH.NET has an exception of its own for it.
    /// </summary>
    public bool ChecksPassphrase { get; init; }

    public override SshPrivateKey? TryDecrypt(ReadOnlySpan<byte> passphrase, CancellationToken cancellationToken)
    {
        var text = Write(out var length);
        try
        {
            using var stream = new MemoryStream(text, 0, length);
            using var file = new SshNet.PrivateKeyFile(
                stream, IsEncrypted ? Encoding.UTF8.GetString(passphrase) : null);
            cancellationToken.ThrowIfCancellationRequested();
            return Take(file.Key);
        }
        catch (Exception e) when (e is not (OperationCanceledException or SshException))
        {
            // SSH.NET lets through whatever its parsers meet, also when noise comes out of a wrong passphrase.
            if (IsEncrypted && (!ChecksPassphrase || e is SshNet.Common.SshException)) return null;
            throw Unusable(
                $"is damaged, or of a kind that SSH.NET cannot read ({Printable.Text(e.Message, 200)}); " +
                "if PuTTY reads it, give it OpenSSH's format with: puttygen FILE -O private-openssh -o NEW",
                e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    public override void Dispose() => CryptographicOperations.ZeroMemory(_private);

    /// <summary>Writes bytes as lines of base64; gives the length of all.</summary>
    public static int EncodeLines(ReadOnlySpan<byte> data, Span<byte> lines)
    {
        var length = 0;
        for (; !data.IsEmpty; data = data[Math.Min(BytesInLine, data.Length)..])
        {
            Base64.EncodeToUtf8(data[..Math.Min(BytesInLine, data.Length)], lines[length..], out _, out var written);
            length += written;
            lines[length++] = (byte)'\n';
        }

        return length;
    }

    /// <summary>How many lines of base64 the bytes fill.</summary>
    public static int CountLines(int bytes) => (bytes + BytesInLine - 1) / BytesInLine;

    private byte[] Write(out int length)
    {
        var lines = CountLines(_private.Length) * (CharactersInLine + 1);
        var text = Pinned.Bytes(_head.Length + lines + _tail.Length);
        _head.CopyTo(text, 0);
        length = _head.Length + EncodeLines(_private, text.AsSpan(_head.Length, lines));
        _tail.CopyTo(text, length);
        length += _tail.Length;
        return text;
    }

    private SshPrivateKey Take(Key theirs)
    {
        SshPrivateKey ours = theirs switch
        {
            ED25519Key key => FromEd25519(key),
            EcdsaKey key => FromEcdsa(key),
            RsaKey key => FromRsa(key),
            _ => throw Unusable($"is of the type {theirs}, which is not supported"),
        };
        if (PublicKey is not { } known || ours.PublicKey.Span.SequenceEqual(known.Span))
        {
            ours.Comment = Comment;
            return ours;
        }

        ours.Dispose();
        throw Unusable(PartsDiffer);
    }

    private static Ed25519PrivateKey FromEd25519(ED25519Key key)
    {
        try
        {
            return new Ed25519PrivateKey(key.PrivateKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key.PrivateKey);
        }
    }

    private static EcdsaPrivateKey FromEcdsa(EcdsaKey key)
    {
        try
        {
            return EcdsaPrivateKey.FromNumber(EllipticCurve.All.First(c => c.Bits == key.KeyLength), key.PrivateKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key.PrivateKey);
        }
    }

    private static RsaPrivateKey FromRsa(RsaKey key)
    {
        var numbers = new RSAParameters
        {
            Modulus = Bytes(key.Modulus),
            Exponent = Bytes(key.Exponent),
            D = Bytes(key.D),
            P = Bytes(key.P),
            Q = Bytes(key.Q),
            DP = Bytes(key.DP),
            DQ = Bytes(key.DQ),
            InverseQ = Bytes(key.InverseQ),
        };
        try
        {
            return new RsaPrivateKey(RsaKeyImport.FromNumbers(numbers));
        }
        finally
        {
            foreach (var secret in new[] { numbers.D, numbers.P, numbers.Q, numbers.DP, numbers.DQ, numbers.InverseQ })
            {
                CryptographicOperations.ZeroMemory(secret);
            }
        }
    }

    private static byte[] Bytes(System.Numerics.BigInteger number)
    {
        var bytes = Pinned.Bytes(number.GetByteCount(isUnsigned: true));
        number.TryWriteBytes(bytes, out _, isUnsigned: true, isBigEndian: true);
        return bytes;
    }
}
