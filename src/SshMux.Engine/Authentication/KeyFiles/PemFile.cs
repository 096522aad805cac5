using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>
/// The armour of key files: lines of base64 between BEGIN and END (RFC 7468), with the headers of RFC 1421. Those of PuTTY
/// and ssh.com have armour of their own.
/// </summary>
internal static class PemFile
{
    /// <summary>
    /// Finds the private key in a file. Its errors go on a sentence that began with the file's name.
    /// </summary>
    public static KeyContainer Parse(ReadOnlySpan<byte> file)
    {
        if (PuttyKeyFile.Is(file)) return PuttyKeyFile.Parse(file);
        var rest = file;
        while (TryTakeLine(ref rest, out var line))
        {
            if (line.SequenceEqual(SshComKeyFile.FirstLine)) return SshComKeyFile.Parse(rest);
            if (!line.StartsWith("-----BEGIN "u8) || !line.EndsWith("-----"u8)) continue;
            var label = Encoding.ASCII.GetString(line[11..^5]);
            // Parameters of a curve, certificates and public keys may come before the key.
            if (!label.EndsWith("PRIVATE KEY", StringComparison.Ordinal)) continue;
            return Parse(label, rest);
        }

        throw new SshException(SshError.KeyUnusable, WhatElse(file));
    }

    private static KeyContainer Parse(string label, ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf(Encoding.ASCII.GetBytes($"-----END {label}-----"));
        if (end < 0) throw new SshException(SshError.KeyUnusable, "is damaged (it has no last line)");
        var body = rest[..end];
        var encryption = TakeHeaders(ref body);
        var data = GC.AllocateUninitializedArray<byte>(Base64.GetMaxDecodedFromUtf8Length(body.Length), pinned: true);
        try
        {
            if (Base64.DecodeFromUtf8(body, data, out _, out var length) != OperationStatus.Done)
            {
                throw new SshException(SshError.KeyUnusable, "is damaged (its lines are not base64)");
            }

            var content = data.AsSpan(0, length);
            return label switch
            {
                "OPENSSH PRIVATE KEY" => new OpenSshKeyContainer(content),
                "ENCRYPTED PRIVATE KEY" => new EncryptedPkcs8KeyContainer(content.ToArray()),
                "PRIVATE KEY" or "RSA PRIVATE KEY" or "EC PRIVATE KEY" =>
                    new PemKeyContainer(label, Pinned.Copy(content), encryption),
                "DSA PRIVATE KEY" => throw new SshException(SshError.KeyUnusable, KeyContainer.IsDsa),
                _ => throw new SshException(
                    SshError.KeyUnusable, $"is a '{Printable.Text(label, 64)}', which is not supported"),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(data);
        }
    }

    /// <summary>Skips the headers, if there are any; gives the value of DEK-Info.</summary>
    private static string? TakeHeaders(ref ReadOnlySpan<byte> body)
    {
        string? encryption = null;
        var rest = body;
        while (TryTakeLine(ref rest, out var line))
        {
            var colon = line.IndexOf((byte)':');
            if (colon < 0 && !line.IsEmpty) break;
            if (colon > 0 && line[..colon].SequenceEqual("DEK-Info"u8))
            {
                encryption = Encoding.ASCII.GetString(line[(colon + 1)..]);
            }

            body = rest;
        }

        return encryption;
    }

    /// <summary>Takes the next line, without the spaces at its end; false if there is none.</summary>
    public static bool TryTakeLine(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> line)
    {
        line = [];
        if (rest.IsEmpty) return false;
        var end = rest.IndexOf((byte)'\n');
        line = (end < 0 ? rest : rest[..end]).TrimEnd("\r \t"u8);
        rest = end < 0 ? [] : rest[(end + 1)..];
        return true;
    }

    private static string WhatElse(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith("ssh-"u8) || file.StartsWith("ecdsa-"u8) || file.StartsWith("sk-"u8) ||
            file.StartsWith("---- BEGIN SSH2 PUBLIC KEY"u8) || file.StartsWith("-----BEGIN PUBLIC KEY"u8))
        {
            return "is the public key; name the private one (without .pub)";
        }

        return "is no private key in OpenSSH's format, PEM, PuTTY's or that of ssh.com";
    }
}
