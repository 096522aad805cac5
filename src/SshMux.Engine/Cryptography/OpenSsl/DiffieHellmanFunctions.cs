namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>
/// The functions behind Diffie-Hellman, which came with OpenSSL 3; without them everything else still works.
/// </summary>
internal static unsafe class DiffieHellmanFunctions
{
    public static readonly delegate* unmanaged<nint, byte*, nint, nint> NewContextFromName;
    public static readonly delegate* unmanaged<nint, int> FromDataInit;
    public static readonly delegate* unmanaged<nint, nint*, int, OpenSslParameter*, int> FromData;
    public static readonly delegate* unmanaged<nint, int> KeygenInit;
    public static readonly delegate* unmanaged<nint, nint*, int> Keygen;
    public static readonly delegate* unmanaged<nint, OpenSslParameter*, int> SetContextParameters;
    public static readonly delegate* unmanaged<nint, OpenSslParameter*, int> GetParameters;

    static DiffieHellmanFunctions()
    {
        var bind = new LibCryptoBinder(LibCrypto.Library);
        NewContextFromName = (delegate* unmanaged<nint, byte*, nint, nint>)bind.To("EVP_PKEY_CTX_new_from_name");
        FromDataInit = (delegate* unmanaged<nint, int>)bind.To("EVP_PKEY_fromdata_init");
        FromData = (delegate* unmanaged<nint, nint*, int, OpenSslParameter*, int>)bind.To("EVP_PKEY_fromdata");
        KeygenInit = (delegate* unmanaged<nint, int>)bind.To("EVP_PKEY_keygen_init");
        Keygen = (delegate* unmanaged<nint, nint*, int>)bind.To("EVP_PKEY_keygen");
        SetContextParameters = (delegate* unmanaged<nint, OpenSslParameter*, int>)bind.To("EVP_PKEY_CTX_set_params");
        GetParameters = (delegate* unmanaged<nint, OpenSslParameter*, int>)bind.To("EVP_PKEY_get_params");
        if (bind.Missing.Count == 0) return;
        var missing = string.Join(", ", bind.Missing);
        WhyUnavailable = $"Diffie-Hellman needs OpenSSL 3 or later; its libcrypto has no {missing}";
    }

    /// <summary>Why it cannot be computed, for people; null when it can.</summary>
    public static string? WhyUnavailable { get; }

    /// <summary>Throws <see cref="SshException"/> where it cannot be computed.</summary>
    public static void Demand()
    {
        if (WhyUnavailable is { } why) throw new SshException(SshError.AlgorithmUnavailable, why);
    }
}
