using System.Globalization;
using SshMux.Engine.Cryptography.Chosen;

namespace SshMux.Engine.Authentication.KeyFiles;

/// <summary>
/// The ciphers that OpenSSL encrypts key files with: any block cipher that it has, in any mode. They are the provider's.
/// </summary>
internal static class OpenSslCiphers
{
    /// <summary>Names without the mode; lengths of key and block in bytes.</summary>
    private static readonly (string Name, int KeyLength, int BlockLength)[] BlockCiphers =
    [
        ("AES-128", 16, 16), ("AES-192", 24, 16), ("AES-256", 32, 16),
        ("CAMELLIA-128", 16, 16), ("CAMELLIA-192", 24, 16), ("CAMELLIA-256", 32, 16),
        ("ARIA-128", 16, 16), ("ARIA-192", 24, 16), ("ARIA-256", 32, 16),
        ("SM4", 16, 16), ("SEED", 16, 16),
        ("DES", 8, 8), ("DES-EDE", 16, 8), ("DES-EDE3", 24, 8),
        ("RC2", 16, 8), ("RC2-64", 8, 8), ("RC2-40", 5, 8),
        ("BF", 16, 8), ("CAST5", 16, 8),
    ];

    private static readonly KeyCipher[] StreamCiphers =
        [new("CHACHA20", 32, 16, 1), new("RC4", 16, 0, 1), new("RC4-40", 5, 0, 1)];

    /// <summary>The modes by the last number of the identifier, where a cipher's are in a row.</summary>
    private static readonly string[] AesModes = ["ECB", "CBC", "OFB", "CFB"];
    private static readonly string[] CamelliaModes = ["ECB", "", "OFB", "CFB", "", "", "", "", "CTR"];
    private static readonly string[] AriaModes = ["ECB", "CBC", "CFB", "OFB", "CTR"];
    private static readonly string[] Sm4Modes = ["ECB", "CBC", "OFB", "CFB", "", "", "CTR"];

    /// <summary>
    /// The cipher of a DEK-Info, as "AES-256-CBC"; null if it is not known, or cannot be had here.
    /// </summary>
    public static KeyCipher? ByName(string name)
    {
        name = name.ToUpperInvariant();
        var cipher = name switch
        {
            "AES-128-CBC" => KeyCipher.ByName("aes128-cbc"),
            "AES-192-CBC" => KeyCipher.ByName("aes192-cbc"),
            "AES-256-CBC" => KeyCipher.ByName("aes256-cbc"),
            "DES-EDE3-CBC" => KeyCipher.ByName("3des-cbc"),
            _ => Array.Find(StreamCiphers, stream => stream.Name == name) ?? InMode(name),
        };
        return cipher is not null && IsAvailable(cipher) ? cipher : null;
    }

    /// <summary>The cipher of an object identifier in PBES2; null if it is not known, or cannot be had here.</summary>
    public static KeyCipher? ByIdentifier(string identifier) => NameOf(identifier) is { } name ? ByName(name) : null;

    /// <summary>Decrypts in place; padding, if there is one, stays.</summary>
    public static void Decrypt(KeyCipher cipher, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> text) =>
        CryptographyProvider.Current.KeyFileCiphers.Decrypt(cipher.Name, key, iv, text);

    private static KeyCipher? InMode(string name)
    {
        var dash = name.LastIndexOf('-');
        if (dash < 0) return null;
        var (block, mode) = (name[..dash], name[(dash + 1)..]);
        var (found, keyLength, blockLength) = Array.Find(BlockCiphers, cipher => cipher.Name == block);
        if (found is null) return null;
        return mode switch
        {
            "CBC" => new KeyCipher(name, keyLength, blockLength, blockLength),
            "ECB" => new KeyCipher(name, keyLength, 0, blockLength),
            "CFB" or "CFB1" or "CFB8" or "OFB" or "CTR" => new KeyCipher(name, keyLength, blockLength, 1),
            _ => null,
        };
    }

    private static bool IsAvailable(KeyCipher cipher) =>
        KeyCipher.ByName(cipher.Name) is not null
        || CryptographyProvider.Current.KeyFileCiphers.Has(cipher.Name, cipher.KeyLength, cipher.IvLength);

    private static string? NameOf(string identifier)
    {
        switch (identifier)
        {
            case "1.2.840.113549.3.7":
                return "DES-EDE3-CBC";
            case "1.3.14.3.2.7":
                return "DES-CBC";
            case "1.2.410.200004.1.4":
                return "SEED-CBC";
            case "1.3.6.1.4.1.3029.1.2":
                return "BF-CBC";
            case "1.2.392.200011.61.1.1.1.2":
                return "CAMELLIA-128-CBC";
            case "1.2.392.200011.61.1.1.1.3":
                return "CAMELLIA-192-CBC";
            case "1.2.392.200011.61.1.1.1.4":
                return "CAMELLIA-256-CBC";
        }

        var dot = identifier.LastIndexOf('.');
        var last = identifier.AsSpan(dot + 1);
        if (!int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
        return identifier[..dot] switch
        {
            "2.16.840.1.101.3.4.1" => InRow("AES", number - 1, 20, AesModes),
            "0.3.4401.5.3.1.9" => InRow("CAMELLIA", number - 1, 20, CamelliaModes),
            "1.2.410.200046.1.1" => InRow("ARIA", number - 1, 5, AriaModes),
            "1.2.156.10197.1.104" when number > 0 && number <= Sm4Modes.Length => $"SM4-{Sm4Modes[number - 1]}",
            _ => null,
        };
    }

    /// <summary>Identifiers of keys of 128, 192 and 256 bits, each in its modes, with a constant distance.</summary>
    private static string? InRow(string block, int number, int distance, string[] modes)
    {
        if (number < 0) return null;
        var (key, mode) = Math.DivRem(number, distance);
        return key < 3 && mode < modes.Length ? $"{block}-{128 + (64 * key)}-{modes[mode]}" : null;
    }
}
