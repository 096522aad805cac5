namespace SshMux.Engine.Cryptography;

/// <summary>Checks of the spans that callers give.</summary>
internal static class Lengths
{
    /// <summary>Throws <see cref="ArgumentException"/> unless a span has a length, in bytes.</summary>
    public static void Demand(ReadOnlySpan<byte> bytes, int length)
    {
        if (bytes.Length != length) throw new ArgumentException($"{length} bytes are needed, not {bytes.Length}");
    }
}
