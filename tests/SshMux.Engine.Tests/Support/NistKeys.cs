using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;

namespace SshMux.Engine.Tests.Support;

/// <summary>Keys of NIST's curves of the provider that computes here; .NET's own do not work everywhere.</summary>
internal static class NistKeys
{
    /// <summary>A fresh key that signs.</summary>
    public static IEcdsaKey Create(NistCurve curve)
    {
        var number = RandomNumberGenerator.GetBytes(curve.FieldLength());
        number[0] = 0; // below every order
        return CryptographyProvider.Current.NistCurves.EcdsaKeyFrom(curve, number, point: []);
    }
}
