using static SshMux.Engine.Cryptography.OpenSsl.LibCrypto;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>
/// The functions behind ChaCha20 and Poly1305. They are looked up apart from all others, so that a libcrypto without them
/// still serves for the rest: OpenSSL before 3.0 cannot compute Poly1305 with a context that is used again, and a FIPS
/// build has neither of them.
/// </summary>
internal static unsafe class ChaChaPolyFunctions
{
    public static readonly delegate* unmanaged<nint> ChaCha20;
    public static readonly delegate* unmanaged<nint, nint> NewMacContext;
    public static readonly delegate* unmanaged<nint, void> FreeMacContext;
    public static readonly delegate* unmanaged<nint, byte*, nuint, nint, int> MacInit;
    public static readonly delegate* unmanaged<nint, byte*, nuint, int> MacUpdate;
    public static readonly delegate* unmanaged<nint, byte*, nuint*, nuint, int> MacFinal;

    static ChaChaPolyFunctions()
    {
        var bind = new LibCryptoBinder(Library);
        var fetch = (delegate* unmanaged<nint, byte*, byte*, nint>)bind.To("EVP_MAC_fetch");
        ChaCha20 = (delegate* unmanaged<nint>)bind.To("EVP_chacha20");
        NewMacContext = (delegate* unmanaged<nint, nint>)bind.To("EVP_MAC_CTX_new");
        FreeMacContext = (delegate* unmanaged<nint, void>)bind.To("EVP_MAC_CTX_free");
        MacInit = (delegate* unmanaged<nint, byte*, nuint, nint, int>)bind.To("EVP_MAC_init");
        MacUpdate = (delegate* unmanaged<nint, byte*, nuint, int>)bind.To("EVP_MAC_update");
        MacFinal = (delegate* unmanaged<nint, byte*, nuint*, nuint, int>)bind.To("EVP_MAC_final");
        if (bind.Missing.Count > 0)
        {
            WhyUnavailable = $"the OpenSSL libcrypto here is too old: it has no {string.Join(", ", bind.Missing)}";
            return;
        }

        fixed (byte* name = "POLY1305\0"u8) Poly1305 = fetch(0, name, null);
        if (Poly1305 == 0 || !ChaCha20Works())
        {
            WhyUnavailable = "the OpenSSL libcrypto here allows no ChaCha20-Poly1305";
        }
    }

    /// <summary>Why the two cannot be computed, for people; null when they can.</summary>
    public static string? WhyUnavailable { get; }

    /// <summary>What a context of Poly1305 is made of.</summary>
    public static nint Poly1305 { get; }

    /// <summary>Throws <see cref="SshException"/> where the two cannot be computed.</summary>
    public static void Demand()
    {
        if (WhyUnavailable is { } why) throw new SshException(SshError.AlgorithmUnavailable, why);
    }

    private static bool ChaCha20Works()
    {
        var context = Api.NewCipherContext();
        Span<byte> zero = stackalloc byte[IChaCha20.KeyLength];
        zero.Clear();
        bool works;
        fixed (byte* p = zero) works = context != 0 && Api.EncryptInit(context, ChaCha20(), 0, p, p) == 1;
        if (!works) Api.ClearErrors();
        Api.FreeCipherContext(context);
        return works;
    }
}
