using System.Security.Cryptography;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>A key of .NET that signs, which is taken over.</summary>
internal sealed class SystemEcdsaKey(ECDsa key) : IEcdsaKey
{
    public byte[] PublicPoint { get; } =
        SystemNistCurves.Join(key.ExportParameters(includePrivateParameters: false).Q);

    public byte[] SignHash(ReadOnlySpan<byte> hash) =>
        key.SignHash(hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public byte[] ExportNumber() => key.ExportParameters(includePrivateParameters: true).D!;

    public void Dispose() => key.Dispose();
}
