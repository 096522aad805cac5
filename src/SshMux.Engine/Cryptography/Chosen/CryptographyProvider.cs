using SshMux.Engine.Cryptography.Managed;
using SshMux.Engine.Cryptography.OpenSsl;

namespace SshMux.Engine.Cryptography.Chosen;

/// <summary>The provider of this process, chosen once: libcrypto where there is one, else the managed one.</summary>
internal static class CryptographyProvider
{
    /// <summary>
    /// The switch of <see cref="AppContext"/> that asks for the managed provider where there is a libcrypto, too. It is
    /// for tests and measurements, and must be set before anything of this engine is used.
    /// </summary>
    public const string ManagedSwitch = "SshMux.Engine.ManagedCryptography";

    /// <summary>BouncyCastle's provider, which there is everywhere.</summary>
    public static ManagedCryptography Managed { get; } = new();

    /// <summary>
    /// Libcrypto's provider; null where there is no libcrypto. Windows has none: what programs there bring of that name is
    /// theirs, and which of them would be found is a matter of folders that others may write to.
    /// </summary>
    public static OpenSslCryptography? OpenSsl { get; } =
        OperatingSystem.IsWindows() ? null : OpenSslCryptography.TryCreate(Managed);

    /// <summary>The one that computes here.</summary>
    public static ICryptographyProvider Current { get; } =
        AppContext.TryGetSwitch(ManagedSwitch, out var managed) && managed || OpenSsl is null ? Managed : OpenSsl;
}
