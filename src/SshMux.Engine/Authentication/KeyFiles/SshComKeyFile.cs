using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>
/// The private key files of ssh.com (Tectia), which have never been described but by those who read them: headers as in
/// RFC 4716, and in the lines of base64 the key's type, the cipher, and the key.
/// </summary>
internal static class SshComKeyFile
{
    private const uint Magic = 0x3f6ff9eb;
    private const int MaxCommentLength = 256;
    private const int BlockLength = 8;

    /// <summary>How they begin, whether they are encrypted or not.</summary>
    public static ReadOnlySpan<byte> FirstLine => "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----"u8;

    private static ReadOnlySpan<byte> LastLine => "---- END SSH2 ENCRYPTED PRIVATE KEY ----"u8;

    /// <summary>Reads what follows the first line. Its errors go on a sentence that began with the file's name.</summary>
    public static ForeignKeyContainer Parse(ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf(LastLine);
        if (end < 0) throw Damaged("it has no last line");
        var lines = rest[..end];
        var comment = TakeHeaders(ref lines);
        var decoded = Pinned.Bytes(Base64.GetMaxDecodedFromUtf8Length(lines.Length));
        try
        {
            if (Base64.DecodeFromUtf8(lines, decoded, out _, out var length) != OperationStatus.Done)
            {
                throw Damaged("its lines are not base64");
            }

            var content = decoded.AsSpan(0, length);
            return new ForeignKeyContainer(
                Encoding.ASCII.GetString(FirstLine) + '\n', content, Encoding.ASCII.GetString(LastLine) + '\n')
            {
                Encryption = ReadEncryption(content),
                Comment = comment,
            };
        }
        catch (SshException e) when (e.Error != SshError.KeyUnusable)
        {
            throw Damaged(e.Message);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(decoded);
        }
    }

    /// <summary>Checks what is before the key; gives the cipher, empty for none.</summary>
    private static string ReadEncryption(ReadOnlySpan<byte> content)
    {
        var reader = new SshReader(content);
        if (reader.ReadUInt32() != Magic) throw Damaged("it does not begin like a key");
        reader.ReadUInt32();
        var type = reader.ReadUtf8String();
        if (type.Contains("dsa", StringComparison.Ordinal)) throw Unusable(KeyContainer.IsDsa);
        if (!type.Contains("rsa", StringComparison.Ordinal))
        {
            throw Unusable($"is of the type {Printable.Text(type, 64)}, which is not supported; use Ed25519, ECDSA or RSA");
        }

        var cipher = reader.ReadUtf8String();
        if (cipher is not ("none" or "3des-cbc"))
        {
            throw Unusable(
                $"is encrypted with {Printable.Text(cipher, 64)}, which is not supported; give it OpenSSH's format with " +
                "the program that made it");
        }

        var key = reader.ReadString();
        if (key.IsEmpty || (cipher != "none" && key.Length % BlockLength != 0)) throw Damaged("the length of its key");
        if (cipher != "none") return cipher;
        CheckNumbers(key);
        return "";
    }

    /// <summary>SSH.NET makes room for a number before it sees that the file ends.</summary>
    private static void CheckNumbers(ReadOnlySpan<byte> key)
    {
        const int numbers = 6;
        var reader = new SshReader(key);
        reader.ReadUInt32();
        for (var i = 0; i < numbers; i++)
        {
            var bits = reader.ReadUInt32();
            if (bits > 8L * key.Length) throw Damaged("the length of a number");
            reader.ReadBytes((int)(bits + 7) / 8);
        }
    }

    /// <summary>Skips the headers, which may go on after a backslash (RFC 4716 section 3.3); gives the comment.</summary>
    private static string TakeHeaders(ref ReadOnlySpan<byte> lines)
    {
        var comment = "";
        var rest = lines;
        while (PemFile.TryTakeLine(ref rest, out var line) && line.IndexOf((byte)':') is var colon and > 0)
        {
            var value = Encoding.UTF8.GetString(line[(colon + 1)..]);
            while (value.EndsWith('\\') && PemFile.TryTakeLine(ref rest, out var more))
            {
                value = value[..^1] + Encoding.UTF8.GetString(more);
            }

            if (line.StartsWith("Comment:"u8))
            {
                comment = Printable.Text(value.Trim().Trim('"'), MaxCommentLength);
            }

            lines = rest;
        }

        return comment;
    }

    private static SshException Damaged(string what) => Unusable($"is damaged ({what})");

    private static SshException Unusable(string why) => new(SshError.KeyUnusable, why);
}
