using System.Runtime.InteropServices;

namespace SshMux.Engine.Cryptography;

/// <summary>
/// The OpenSSL libcrypto that .NET itself stands on, found at run time and called through its EVP interface, for the
/// primitives that .NET lacks: X25519, Ed25519, AES in counter mode, ChaCha20 and Poly1305. Where there is none,
/// <see cref="IsAvailable"/> is false, and the algorithms that need it are not offered.
/// </summary>
internal static unsafe partial class LibCrypto
{
    private static readonly Functions Api;

    static LibCrypto()
    {
        var tried = new List<string>();
        foreach (var name in CandidateNames())
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                if (Functions.TryBind(library, out Api, out var missing))
                {
                    IsAvailable = true;
                    Library = library;
                    return;
                }

                NativeLibrary.Free(library);
                tried.Add($"{name} (has no {missing})");
            }
            else
            {
                tried.Add(name);
            }
        }

        WhyUnavailable = $"no usable OpenSSL libcrypto (1.1.1 or later) found; tried {string.Join(", ", tried)}";
    }

    /// <summary>Whether a libcrypto with all that we need was found.</summary>
    public static bool IsAvailable { get; }

    /// <summary>The library's handle, for what is looked up apart from <see cref="Functions"/>.</summary>
    private static nint Library { get; }

    /// <summary>For people: why <see cref="IsAvailable"/> is false; empty when it is true.</summary>
    public static string WhyUnavailable { get; } = "";

    /// <summary>The names .NET tries too, so that the process ends up with one libcrypto and not with two.</summary>
    private static string[] CandidateNames()
    {
        if (OperatingSystem.IsMacOS())
        {
            return ["libcrypto.3.dylib", "/opt/homebrew/lib/libcrypto.3.dylib", "/usr/local/lib/libcrypto.3.dylib"];
        }

        if (OperatingSystem.IsWindows()) return ["libcrypto-3-x64.dll", "libcrypto-3.dll", "libcrypto-1_1-x64.dll"];
        string[] usual = ["libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so"];
        var chosen = Environment.GetEnvironmentVariable("CLR_OPENSSL_VERSION_OVERRIDE");
        return string.IsNullOrEmpty(chosen) ? usual : [$"libcrypto.so.{chosen}", .. usual];
    }

    private static void DemandAvailable()
    {
        if (!IsAvailable) throw new SshException(SshError.AlgorithmUnavailable, WhyUnavailable);
    }

    private static void Check(int result, string function)
    {
        if (result == 1) return;
        Api.ClearErrors();
        throw new System.Security.Cryptography.CryptographicException($"libcrypto: {function} failed");
    }

    private static nint Check(nint pointer, string function)
    {
        if (pointer == 0) Check(0, function);
        return pointer;
    }

    /// <summary>The functions of libcrypto that we call, named without the EVP_ prefix where there is one.</summary>
    private readonly struct Functions
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

        private Functions(Binder bind)
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

        public static bool TryBind(nint library, out Functions functions, out string missing)
        {
            var binder = new Binder(library);
            functions = new Functions(binder);
            missing = string.Join(", ", binder.Missing);
            return missing.Length == 0;
        }
    }

    private sealed class Binder(nint library)
    {
        public List<string> Missing { get; } = [];

        public void* To(string name)
        {
            if (NativeLibrary.TryGetExport(library, name, out var address)) return (void*)address;
            Missing.Add(name);
            return null;
        }
    }
}
