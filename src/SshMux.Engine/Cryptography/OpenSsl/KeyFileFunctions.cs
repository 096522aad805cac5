using System.Text;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>
/// The functions that only the formats of key files need, each null if this libcrypto has it not.
/// </summary>
internal static unsafe class KeyFileFunctions
{
    public static readonly delegate* unmanaged<byte*, nint> CipherByName;
    public static readonly delegate* unmanaged<byte*, nint> DigestByName;
    public static readonly delegate* unmanaged<nint, nint, nint, byte*, byte*, int> DecryptInit;
    public static readonly delegate* unmanaged<nint, byte*, int*, byte*, int, int> DecryptUpdate;
    public static readonly delegate* unmanaged<nint, int, int> SetPadding;
    public static readonly delegate* unmanaged<byte*, int, byte*, int, int, nint, int, byte*, int> Pbkdf2;
    public static readonly delegate* unmanaged<
        byte*, nuint, byte*, nuint, ulong, ulong, ulong, ulong, byte*, nuint, int> Scrypt;

    public static readonly delegate* unmanaged<byte*, int, byte*, int, int, int, int, byte*, nint, int> Pkcs12;

    static KeyFileFunctions()
    {
        var bind = new LibCryptoBinder(LibCrypto.Library);
        CipherByName = (delegate* unmanaged<byte*, nint>)bind.To("EVP_get_cipherbyname");
        DecryptInit = (delegate* unmanaged<nint, nint, nint, byte*, byte*, int>)bind.To("EVP_DecryptInit_ex");
        DecryptUpdate = (delegate* unmanaged<nint, byte*, int*, byte*, int, int>)bind.To("EVP_DecryptUpdate");
        SetPadding = (delegate* unmanaged<nint, int, int>)bind.To("EVP_CIPHER_CTX_set_padding");
        HasCiphers = bind.Missing.Count == 0;
        DigestByName = (delegate* unmanaged<byte*, nint>)bind.To("EVP_get_digestbyname");
        Pbkdf2 = (delegate* unmanaged<byte*, int, byte*, int, int, nint, int, byte*, int>)
            bind.To("PKCS5_PBKDF2_HMAC");
        Scrypt = (delegate* unmanaged<
            byte*, nuint, byte*, nuint, ulong, ulong, ulong, ulong, byte*, nuint, int>)bind.To("EVP_PBE_scrypt");
        Pkcs12 = (delegate* unmanaged<byte*, int, byte*, int, int, int, int, byte*, nint, int>)
            bind.To("PKCS12_key_gen_uni");
    }

    /// <summary>Whether there is all that decrypting needs.</summary>
    public static bool HasCiphers { get; }

    /// <summary>The hash of a name; 0 if there is none.</summary>
    public static nint Digest(string hash)
    {
        if (DigestByName == null) return 0;
        fixed (byte* name = Terminated(hash)) return DigestByName(name);
    }

    /// <summary>A name as C has it.</summary>
    public static ReadOnlySpan<byte> Terminated(string name) => Encoding.ASCII.GetBytes(name + '\0');
}
