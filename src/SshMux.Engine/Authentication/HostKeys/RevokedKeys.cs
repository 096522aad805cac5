using System.Text;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>
/// A file of RevokedHostKeys: a list of public keys and certificates, one a line, or a <see cref="KeyRevocationList"/>.
/// </summary>
internal sealed class RevokedKeys
{
    private const int MaxLength = 64 * 1024 * 1024;

    private readonly string _file;
    private readonly KeyRevocationList? _list;
    private readonly HashSet<SshPublicKey> _keys = [];

    private RevokedKeys(string file, byte[] content)
    {
        _file = file;
        if (KeyRevocationList.IsOne(content)) _list = KeyRevocationList.Parse(content);
        else ReadLines(Encoding.UTF8.GetString(content));
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ConfigurationInvalid"/>: it cannot be read or understood, so that nobody knows what it
    /// revokes.
    /// </exception>
    public static async Task<RevokedKeys> LoadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            var length = new FileInfo(file).Length;
            if (length > MaxLength) throw Unusable(file, $"it has {length} bytes, and at most {MaxLength} are read");
            return new RevokedKeys(file, await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(file, e.Message, e);
        }
        catch (SshException e) when (e.Error != SshError.ConfigurationInvalid)
        {
            throw Unusable(file, e.Message, e);
        }
    }

    /// <summary>
    /// Why a host key is revoked, for the user: it, or the authority of its certificate, or the certificate is in the
    /// file; null if it is not.
    /// </summary>
    public string? WhyRevoked(ServerHostKey shown)
    {
        if (Revokes(shown.Key)) return $"is revoked by {_file}";
        if (shown.Certificate is not { } certificate) return null;
        if (Revokes(certificate.Authority))
        {
            return
                $"has a certificate of the authority {certificate.Authority.Fingerprint}, which is revoked by {_file}";
        }

        return _list?.Revokes(certificate) == true
            ? $"has a certificate (serial {certificate.Serial}, id '{Printable.Text(certificate.KeyId)}') that is " +
              $"revoked by {_file}"
            : null;
    }

    private static SshException Unusable(string file, string why, Exception? inner = null) => new(
        SshError.ConfigurationInvalid,
        $"the revoked keys of '{file}' (RevokedHostKeys) cannot be read, so no host key is accepted: {why}",
        inner);

    private bool Revokes(SshPublicKey key) => _list?.Revokes(key) ?? _keys.Contains(key);

    private void ReadLines(string text)
    {
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            var words = line.ToString().Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words is [] || words[0].StartsWith('#')) continue;
            try
            {
                if (words.Length < 2) throw SshException.Protocol("it is not a key");
                var shown = ServerHostKey.Parse(Convert.FromBase64String(words[1]));
                _keys.Add(shown.Key);
            }
            catch (SshException e) when (e.Error == SshError.NotSupported)
            {
                // A type of key that no host can show us.
            }
            catch (Exception e) when (e is SshException or FormatException)
            {
                throw Unusable(_file, $"line {number}: {e.Message}", e);
            }
        }
    }
}
