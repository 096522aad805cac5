namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>The functions of libcrypto that we call, named without the EVP_ prefix where there is one.</summary>
internal readonly unsafe struct LibCryptoFunctions
{
    public readonly delegate* unmanaged<void> ClearErrors;
    public readonly delegate* unmanaged<int, nint, byte*, nuint, nint> NewRawPrivateKey;
    public readonly delegate* unmanaged<int, nint, byte*, nuint, nint> NewRawPublicKey;
    public readonly delegate* unmanaged<nint, byte*, nuint*, int> GetRawPublicKey;
    public readonly delegate* unmanaged<nint, void> FreeKey;
    public readonly delegate* unmanaged<nint, nint, nint> NewKeyContext;
    public readonly delegate* unmanaged<nint, void> FreeKeyContext;
    public readonly delegate* unmanaged<nint, int> DeriveInit;
    public readonly delegate* unmanaged<nint, nint, int> DeriveSetPeer;
    public readonly delegate* unmanaged<nint, byte*, nuint*, int> Derive;
    public readonly delegate* unmanaged<nint> NewDigestContext;
    public readonly delegate* unmanaged<nint, void> FreeDigestContext;
    public readonly delegate* unmanaged<nint, nint, nint, nint, nint, int> DigestSignInit;
    public readonly delegate* unmanaged<nint, byte*, nuint*, byte*, nuint, int> DigestSign;
    public readonly delegate* unmanaged<nint, nint, nint, nint, nint, int> DigestVerifyInit;
    public readonly delegate* unmanaged<nint, byte*, nuint, byte*, nuint, int> DigestVerify;
    public readonly delegate* unmanaged<nint> NewCipherContext;
    public readonly delegate* unmanaged<nint, void> FreeCipherContext;
    public readonly delegate* unmanaged<nint, nint, nint, byte*, byte*, int> EncryptInit;
    public readonly delegate* unmanaged<nint, byte*, int*, byte*, int, int> EncryptUpdate;
    public readonly delegate* unmanaged<nint> Aes128Ctr;
    public readonly delegate* unmanaged<nint> Aes192Ctr;
    public readonly delegate* unmanaged<nint> Aes256Ctr;

    private LibCryptoFunctions(LibCryptoBinder bind)
    {
        ClearErrors = (delegate* unmanaged<void>)bind.To("ERR_clear_error");
        NewRawPrivateKey =
            (delegate* unmanaged<int, nint, byte*, nuint, nint>)bind.To("EVP_PKEY_new_raw_private_key");
        NewRawPublicKey =
            (delegate* unmanaged<int, nint, byte*, nuint, nint>)bind.To("EVP_PKEY_new_raw_public_key");
        GetRawPublicKey = (delegate* unmanaged<nint, byte*, nuint*, int>)bind.To("EVP_PKEY_get_raw_public_key");
        FreeKey = (delegate* unmanaged<nint, void>)bind.To("EVP_PKEY_free");
        NewKeyContext = (delegate* unmanaged<nint, nint, nint>)bind.To("EVP_PKEY_CTX_new");
        FreeKeyContext = (delegate* unmanaged<nint, void>)bind.To("EVP_PKEY_CTX_free");
        DeriveInit = (delegate* unmanaged<nint, int>)bind.To("EVP_PKEY_derive_init");
        DeriveSetPeer = (delegate* unmanaged<nint, nint, int>)bind.To("EVP_PKEY_derive_set_peer");
        Derive = (delegate* unmanaged<nint, byte*, nuint*, int>)bind.To("EVP_PKEY_derive");
        NewDigestContext = (delegate* unmanaged<nint>)bind.To("EVP_MD_CTX_new");
        FreeDigestContext = (delegate* unmanaged<nint, void>)bind.To("EVP_MD_CTX_free");
        DigestSignInit = (delegate* unmanaged<nint, nint, nint, nint, nint, int>)bind.To("EVP_DigestSignInit");
        DigestSign = (delegate* unmanaged<nint, byte*, nuint*, byte*, nuint, int>)bind.To("EVP_DigestSign");
        DigestVerifyInit = (delegate* unmanaged<nint, nint, nint, nint, nint, int>)bind.To("EVP_DigestVerifyInit");
        DigestVerify = (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, int>)bind.To("EVP_DigestVerify");
        NewCipherContext = (delegate* unmanaged<nint>)bind.To("EVP_CIPHER_CTX_new");
        FreeCipherContext = (delegate* unmanaged<nint, void>)bind.To("EVP_CIPHER_CTX_free");
        EncryptInit = (delegate* unmanaged<nint, nint, nint, byte*, byte*, int>)bind.To("EVP_EncryptInit_ex");
        EncryptUpdate = (delegate* unmanaged<nint, byte*, int*, byte*, int, int>)bind.To("EVP_EncryptUpdate");
        Aes128Ctr = (delegate* unmanaged<nint>)bind.To("EVP_aes_128_ctr");
        Aes192Ctr = (delegate* unmanaged<nint>)bind.To("EVP_aes_192_ctr");
        Aes256Ctr = (delegate* unmanaged<nint>)bind.To("EVP_aes_256_ctr");
    }

    public static bool TryBind(nint library, out LibCryptoFunctions functions, out string missing)
    {
        var binder = new LibCryptoBinder(library);
        functions = new LibCryptoFunctions(binder);
        missing = string.Join(", ", binder.Missing);
        return missing.Length == 0;
    }
}
