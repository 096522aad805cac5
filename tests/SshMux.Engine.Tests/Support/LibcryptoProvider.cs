using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Cryptography.OpenSsl;

namespace SshMux.Engine.Tests.Support;

/// <summary>Libcrypto's provider, for tests that say what it does; without it they are skipped.</summary>
internal static class LibcryptoProvider
{
    public static OpenSslCryptography Get()
    {
        Demand();
        return CryptographyProvider.OpenSsl!;
    }

    public static void Demand() =>
        Assert.SkipWhen(CryptographyProvider.OpenSsl is null, "for systems where .NET stands on libcrypto");
}
