namespace SshMux.Engine.Cryptography;

/// <summary>A private key that signs on a curve of <see cref="INistCurves"/>. Several threads may sign at once.</summary>
internal interface IEcdsaKey : IDisposable
{
    /// <summary>The public point, uncompressed.</summary>
    byte[] PublicPoint { get; }

    /// <summary>Signs a hash; the signature is r and s one after the other, each as long as a coordinate.</summary>
    byte[] SignHash(ReadOnlySpan<byte> hash);

    /// <summary>The private number, as long as a coordinate. The caller wipes it.</summary>
    byte[] ExportNumber();
}
