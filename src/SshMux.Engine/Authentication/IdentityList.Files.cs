using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Authentication.KeyFiles;
using SshMux.Engine.Platform.Files;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Authentication;

/// <content>Key files, and the certificates of CertificateFile and beside the keys.</content>
internal sealed partial class IdentityList
{
    private const int MaxPublicFileLength = 512 * 1024;
    private const int MaxTypeLength = 64;

    private void AddCertificateFiles(AuthenticationOptions options)
    {
        foreach (var path in options.CertificateFiles)
        {
            if ((ReadPublicKey(path) ?? ReadPublicKey(path + ".pub")) is not { } blob)
            {
                AddProblem(options, $"there is no certificate in '{path}' (CertificateFile)");
                continue;
            }

            if (ReadCertificate(options, path, blob) is { } identity) _identities.Add(identity);
        }
    }

    private List<Identity> ReadFiles(AuthenticationOptions options)
    {
        List<Identity> files = [];
        foreach (var path in options.IdentityFiles)
        {
            if (ReadFile(options, path) is { } identity) files.Add(identity);

            // As in ssh, naming a certificate is naming all of them.
            if (options.CertificateFiles.Count > 0) continue;
            foreach (var certificate in CertificatesOf(path))
            {
                if (ReadPublicKey(certificate) is not { } blob) continue;
                if (ReadCertificate(options, certificate, blob) is { } found) files.Add(found);
                break;
            }
        }

        return files;
    }

    /// <summary>
    /// Where the certificate of a key may be: KEY-cert.pub, and as the public key of KEY.ppk is often in KEY.pub, there, too.
    /// </summary>
    private static string[] CertificatesOf(string key) => key.EndsWith(".ppk", StringComparison.OrdinalIgnoreCase)
        ? [key + "-cert.pub", key[..^4] + "-cert.pub"]
        : [key + "-cert.pub"];

    private Identity? ReadFile(AuthenticationOptions options, string path)
    {
        // The public key alone may be named, for a key that is in the agent; or a certificate.
        var itself = ReadPublicKey(path);
        if (itself is { } named && SshCertificate.IsCertificate(named.Span))
        {
            return ReadCertificate(options, path, named);
        }

        PrivateKeyFile? file = null;
        if (itself is null && LocalFiles.Current.Exists(path))
        {
            try
            {
                file = PrivateKeyFile.Read(path);
            }
            catch (SshException e)
            {
                // The other keys may do; the user hears of it if they do not.
                HasUnusableFile = true;
                AddProblem(options, e.Message);
            }
        }

        var beside = itself is null ? ReadPublicKey(path + ".pub") : null;
        if (beside is { } offered && SshCertificate.IsCertificate(offered.Span))
        {
            if (ReadCertificate(options, path, offered, file) is { } certified) return certified;
            beside = null;
        }

        var publicKey = file?.PublicKey ?? itself ?? beside;
        if (file is null && publicKey is null)
        {
            LogNoKey(options.Logger, path);
            return null;
        }

        return new Identity { Path = path, File = file, PublicKey = publicKey };
    }

    /// <summary>
    /// A certificate; <paramref name="file"/> is the private key if it was named, and the certificate only found.
    /// </summary>
    private Identity? ReadCertificate(
        AuthenticationOptions options, string path, ReadOnlyMemory<byte> blob, PrivateKeyFile? file = null)
    {
        try
        {
            var certificate = SshCertificate.Parse(blob.Span);
            if (certificate.Kind == SshCertificateKind.User)
            {
                return new Identity
                {
                    Path = path,
                    File = file,
                    PublicKey = blob,
                    Certificate = certificate,
                    KeyPath = KeyPathOf(path),
                };
            }

            AddProblem(options, $"'{path}' is a certificate for hosts, not for users");
        }
        catch (SshException e)
        {
            AddProblem(options, $"the certificate '{path}' cannot be used: {e.Message}");
        }

        return null;
    }

    /// <summary>KEY for KEY-cert.pub.</summary>
    private static string KeyPathOf(string certificate)
    {
        var path = certificate.EndsWith(".pub", StringComparison.Ordinal) ? certificate[..^4] : certificate;
        return path.EndsWith("-cert", StringComparison.Ordinal) ? path[..^5] : path;
    }

    /// <summary>The key in a file of one line, "type base64 comment"; null if there is none.</summary>
    private static ReadOnlyMemory<byte>? ReadPublicKey(string path)
    {
        byte[] content = [];
        try
        {
            if (!LocalFiles.Current.Exists(path)) return null;
            using var file = LocalFiles.Current.OpenRead(path);
            if (file.Length >= MaxPublicFileLength) return null;
            content = new byte[file.Length];
            var length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return ParsePublicKey(content.AsSpan(0, length));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The public key only saves a question for the passphrase; the private key file is what counts.
            return null;
        }
        finally
        {
            // It may be the private key that was named.
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static ReadOnlyMemory<byte>? ParsePublicKey(ReadOnlySpan<byte> content)
    {
        var spaces = " \t\r\n"u8;
        var end = content.IndexOfAny(spaces);
        if (end is <= 0 or > MaxTypeLength) return null;
        var rest = content[(end + 1)..];
        var length = rest.IndexOfAny(spaces);
        if (length < 0) length = rest.Length;
        var blob = new byte[Base64.GetMaxDecodedFromUtf8Length(length)];
        var status = Base64.DecodeFromUtf8(rest[..length], blob, out _, out var count);
        if (status != OperationStatus.Done || count == 0) return null;
        var type = Encoding.ASCII.GetString(content[..end]);
        if (KnownHostsEntry.TypeOf(blob.AsSpan(0, count)) != type) return null;
        return blob.AsMemory(0, count);
    }
}
