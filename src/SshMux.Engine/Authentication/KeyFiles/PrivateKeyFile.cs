using System.Formats.Asn1;
using System.Security.Cryptography;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Authentication.Keys;
using SshMux.Engine.Platform.Files;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>
/// A private key file: OpenSSH's own format, or PEM (PKCS#8, PKCS#1, SEC 1), encrypted or not; Ed25519, ECDSA and RSA.
/// </summary>
internal sealed class PrivateKeyFile : IDisposable
{
    // Even a key of 16,384 bits is far shorter.
    private const int MaxFileLength = 1 << 20;

    // Stands for the file's name in the remedies that the parsers give.
    private const string FilePlaceholder = "FILE";

    private readonly KeyContainer _container;

    private PrivateKeyFile(string path, KeyContainer container)
    {
        Path = path;
        _container = container;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Whether a passphrase is needed.</summary>
    public bool IsEncrypted => _container.IsEncrypted;

    /// <summary>
    /// The public key in its wire form, if the file shows it without the passphrase (OpenSSH's format does); else null.
    /// </summary>
    public ReadOnlyMemory<byte>? PublicKey => _container.PublicKey;

    /// <summary>Reads the file, but does not decrypt it.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.KeyUnusable"/>: the file cannot be read, others may read it (as ssh, this refuses such a
    /// file), or it is no private key that is supported.
    /// </exception>
    public static PrivateKeyFile Read(string path)
    {
        var data = Span<byte>.Empty;
        try
        {
            if (OwnFiles.Current.WhyNotPrivate(path) is { } why) throw new SshException(SshError.KeyUnusable, why);
            data = ReadAll(path);
            return Parse(path, data);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SshException(SshError.KeyUnusable, $"the private key '{path}' cannot be read: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(data);
        }
    }

    /// <summary>
    /// Loads a key; <paramref name="passphrase"/> is asked, up to three times, if the file is encrypted.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.KeyUnusable"/>: as <see cref="Read"/>, or there was no right passphrase.
    /// </exception>
    public static async Task<SshPrivateKey> LoadAsync(
        string path, Func<int, CancellationToken, ValueTask<Secret?>> passphrase,
        CancellationToken cancellationToken = default)
    {
        using var file = Read(path);
        if (!file.IsEncrypted) return file.TryDecrypt(null, cancellationToken)!;
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            using var secret = await passphrase(attempt, cancellationToken).ConfigureAwait(false);
            if (secret is null) break;
            if (await file.TryDecryptAsync(secret, cancellationToken).ConfigureAwait(false) is { } key) return key;
        }

        throw new SshException(
            SshError.KeyUnusable, $"the private key '{path}' is encrypted, and there was no right passphrase for it");
    }

    /// <summary>Decrypts the key. Null: the passphrase is wrong. Takes a while for a key with many rounds.</summary>
    /// <exception cref="SshException"><see cref="SshError.KeyUnusable"/>: the key in the file is unusable.</exception>
    public SshPrivateKey? TryDecrypt(Secret? passphrase, CancellationToken cancellationToken = default)
    {
        var bytes = passphrase?.ToUtf8() ?? [];
        try
        {
            // An encrypted file never has the empty passphrase, and PBKDF2 need not be run to see it.
            return IsEncrypted && bytes.Length == 0 ? null : _container.TryDecrypt(bytes, cancellationToken);
        }
        catch (SshException e) when (e.Error != SshError.AlgorithmUnavailable)
        {
            throw Named(Path, e);
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            throw new SshException(SshError.KeyUnusable, $"the private key '{Path}' is damaged: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Decrypts the key on the thread pool. Null: the passphrase is wrong.</summary>
    public Task<SshPrivateKey?> TryDecryptAsync(Secret? passphrase, CancellationToken cancellationToken) =>
        Task.Run(() => TryDecrypt(passphrase, cancellationToken), cancellationToken);

    /// <summary>Wipes what is secret.</summary>
    public void Dispose() => _container.Dispose();

    internal static PrivateKeyFile Parse(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            return new PrivateKeyFile(path, PemFile.Parse(content));
        }
        catch (SshException e)
        {
            throw Named(path, e);
        }
    }

    private static SshException Named(string path, SshException e)
    {
        // The parsers' own messages go on the sentence; those of the wire types stand alone.
        var message = e.Error == SshError.KeyUnusable ? e.Message : $"is damaged ({e.Message})";
        message = message.Replace(FilePlaceholder, path, StringComparison.Ordinal);
        return new SshException(SshError.KeyUnusable, $"the private key '{path}' {message}", e);
    }

    private static Span<byte> ReadAll(string path)
    {
        using var stream = LocalFiles.Current.OpenRead(path);
        var buffer = GC.AllocateUninitializedArray<byte>(16384, pinned: true);
        var length = 0;
        while (true)
        {
            var count = stream.Read(buffer, length, buffer.Length - length);
            if (count == 0) break;
            length += count;
            if (length < buffer.Length) continue;
            if (length >= MaxFileLength) throw new IOException("it is too long for a private key");
            var larger = GC.AllocateUninitializedArray<byte>(buffer.Length * 4, pinned: true);
            buffer.CopyTo(larger, 0);
            CryptographicOperations.ZeroMemory(buffer);
            buffer = larger;
        }

        return buffer.AsSpan(0, length);
    }
}
