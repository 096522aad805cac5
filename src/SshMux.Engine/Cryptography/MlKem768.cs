using System.Security.Cryptography;

namespace SshMux.Engine.Cryptography;

/// <summary>ML-KEM-768 (FIPS 203): .NET's where the system has it, else BouncyCastle's.</summary>
internal static class MlKem768
{
    /// <summary>The length of a seed (d and z of FIPS 203) in bytes.</summary>
    public const int SeedLength = 64;

    /// <summary>The length of a ciphertext in bytes.</summary>
    public const int CiphertextLength = 1088;

    /// <summary>Makes a key pair.</summary>
    public static KeyEncapsulation Create() =>
        MLKem.IsSupported ? SystemMlKem768.Create() : BouncyCastleMlKem768.Create();
}
