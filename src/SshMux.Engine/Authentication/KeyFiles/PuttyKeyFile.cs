using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>PuTTY's key files (.ppk), versions 2 and 3 (appendix C of its manual): their outer part.</summary>
internal ref struct PuttyKeyFile
{
    private const string Magic = "PuTTY-User-Key-File-";
    private const int MaxCommentLength = 256;
    private const int BlockLength = 16;

    private ReadOnlySpan<byte> _rest;

    private PuttyKeyFile(ReadOnlySpan<byte> file) => _rest = file;

    /// <summary>Whether a file begins like one.</summary>
    public static bool Is(ReadOnlySpan<byte> file) => file.StartsWith("PuTTY-User-Key-File"u8);

    /// <summary>Reads all that is not secret. Its errors go on a sentence that began with the file's name.</summary>
    public static ForeignKeyContainer Parse(ReadOnlySpan<byte> file)
    {
        // The MAC is over the text, and SSH.NET decodes it before it computes that.
        if (!Utf8.IsValid(file))
        {
            throw Unusable("has a comment that is not UTF-8; give it another one with: puttygen FILE -C NAME -o NEW");
        }

        return new PuttyKeyFile(file).Parse();
    }

    private ForeignKeyContainer Parse()
    {
        var first = TakeLine();
        var version = first[..Math.Max(0, first.IndexOf(':', StringComparison.Ordinal))];
        if (version is not (Magic + "2" or Magic + "3"))
        {
            throw Unusable(
                "is in a version of PuTTY's format that is not supported; give it version 3 with: puttygen FILE -o NEW");
        }

        var type = first[(version.Length + 1)..].Trim();
        CheckType(type);
        var cipher = Take("Encryption");
        if (cipher is not ("none" or "aes256-cbc"))
        {
            throw Unusable($"is encrypted with {Printable.Text(cipher, 64)}, which is not supported");
        }

        var comment = Take("Comment");
        var publicPart = TakeLines("Public-Lines");
        var head = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"{version}: {type}\nEncryption: {cipher}\nComment: {comment}\n");
        AppendLines(head, "Public-Lines", publicPart);
        if (version == Magic + "3" && cipher != "none") AppendDerivation(head);
        var privatePart = TakeLines("Private-Lines");
        try
        {
            if (privatePart.Length == 0 || (cipher != "none" && privatePart.Length % BlockLength != 0))
            {
                throw Damaged("the length of its private part");
            }

            if (cipher == "none") CheckNumbers(type, privatePart);
            head.Append(CultureInfo.InvariantCulture, $"Private-Lines: {ForeignKeyContainer.CountLines(
                privatePart.Length)}\n");
            return new ForeignKeyContainer(head.ToString(), privatePart, $"Private-MAC: {TakeHex("Private-MAC")}\n")
            {
                Encryption = cipher == "none" ? "" : cipher,
                KnownPublicKey = ReadPublicKey(type, publicPart),
                Comment = Printable.Text(comment, MaxCommentLength),
                ChecksPassphrase = true,
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(privatePart);
        }
    }

    private static void CheckType(string type)
    {
        if (type == "ssh-dss") throw Unusable(KeyContainer.IsDsa);
        if (type.Contains("-cert-", StringComparison.Ordinal))
        {
            throw Unusable(
                "holds a certificate, too, which is not supported; take it out with: " +
                "puttygen FILE --remove-certificate -o NEW (and put it beside that as NEW-cert.pub)");
        }

        if (type is not ("ssh-ed25519" or "ssh-rsa") && EllipticCurve.ByKeyType(type) is null)
        {
            throw Unusable(
                $"is of the type {Printable.Text(type, 64)}, which is not supported; use Ed25519, ECDSA or RSA");
        }
    }

    private static ReadOnlyMemory<byte> ReadPublicKey(string type, ReadOnlySpan<byte> blob)
    {
        try
        {
            var key = SshPublicKey.Parse(blob);
            return key.KeyType == type ? key.Blob : throw Damaged("its public key is of another type");
        }
        catch (SshException e) when (e.Error != SshError.KeyUnusable)
        {
            throw Damaged(e.Message);
        }
    }

    /// <summary>SSH.NET makes room for a number before it sees that the file ends.</summary>
    private static void CheckNumbers(string type, ReadOnlySpan<byte> privatePart)
    {
        try
        {
            var reader = new SshReader(privatePart);
            for (var count = type == "ssh-rsa" ? 4 : 1; count > 0; count--) reader.ReadString();
        }
        catch (SshException e)
        {
            throw Damaged(e.Message);
        }
    }

    /// <summary>Argon2, within the limits.</summary>
    private void AppendDerivation(StringBuilder head)
    {
        var kind = Take("Key-Derivation");
        if (kind is not ("Argon2i" or "Argon2d" or "Argon2id"))
        {
            throw Unusable($"uses the key derivation {Printable.Text(kind, 64)}, which is not supported");
        }

        var kibibytes = TakeNumber("Argon2-Memory");
        var passes = TakeNumber("Argon2-Passes");
        var parallelism = TakeNumber("Argon2-Parallelism");
        var salt = TakeHex("Argon2-Salt");

        // RFC 9106 section 3.1: each lane has 8 blocks of 1024 bytes at least.
        var memory = 1024L * Math.Max(kibibytes, 8L * parallelism);
        if (memory > PassphraseDerivation.MaxMemory || memory * passes > PassphraseDerivation.MaxWork)
        {
            throw Unusable(
                "asks for too much work (the costs of Argon2) to derive its key from the passphrase; " +
                "give it less with: puttygen FILE --reencrypt -o NEW");
        }

        head.Append(
            CultureInfo.InvariantCulture,
            $"Key-Derivation: {kind}\nArgon2-Memory: {kibibytes}\nArgon2-Passes: {passes}\n" +
            $"Argon2-Parallelism: {parallelism}\nArgon2-Salt: {salt}\n");
    }

    private static void AppendLines(StringBuilder text, string name, ReadOnlySpan<byte> data)
    {
        var count = ForeignKeyContainer.CountLines(data.Length);
        var lines = new byte[count * 65];
        var length = ForeignKeyContainer.EncodeLines(data, lines);
        text.Append(CultureInfo.InvariantCulture, $"{name}: {count}\n")
            .Append(Encoding.ASCII.GetString(lines, 0, length));
    }

    private int TakeNumber(string name) =>
        int.TryParse(Take(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw Damaged($"its {name}");

    private string TakeHex(string name)
    {
        var text = Take(name);
        return text.Length > 0 && text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit)
            ? text
            : throw Damaged($"its {name}");
    }

    /// <summary>The bytes in lines of base64, of which the header says the number; pinned, the caller wipes them.</summary>
    private byte[] TakeLines(string name)
    {
        var count = TakeNumber(name);
        var lines = _rest;
        for (; count > 0; count--) SkipLine();
        lines = lines[..^_rest.Length];
        var decoded = Pinned.Bytes(Base64.GetMaxDecodedFromUtf8Length(lines.Length));
        try
        {
            return Base64.DecodeFromUtf8(lines, decoded, out _, out var length) == OperationStatus.Done
                ? Pinned.Copy(decoded.AsSpan(0, length))
                : throw Damaged($"its {name}");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(decoded);
        }
    }

    private string Take(string name)
    {
        var line = TakeLine();
        return line.StartsWith(name + ": ", StringComparison.Ordinal)
            ? line[(name.Length + 2)..]
            : line == name + ":" ? "" : throw Damaged($"it has no {name}");
    }

    private string TakeLine() => Encoding.UTF8.GetString(SkipLine());

    /// <summary>The next line; spaces at its end are part of it, and of what the MAC is over.</summary>
    private ReadOnlySpan<byte> SkipLine()
    {
        if (_rest.IsEmpty) throw Damaged("it ends early");
        var end = _rest.IndexOf((byte)'\n');
        var line = end < 0 ? _rest : _rest[..end];
        _rest = end < 0 ? [] : _rest[(end + 1)..];
        return line is [.. var most, (byte)'\r'] ? most : line;
    }

    private static SshException Damaged(string what) => Unusable($"is damaged ({what})");

    private static SshException Unusable(string why) => new(SshError.KeyUnusable, why);
}
