namespace SshMux.Engine.Cryptography;

/// <summary>
/// Poly1305 (RFC 8439), each time with another key. Not for use by several threads at once; disposing wipes the last key.
/// </summary>
internal interface IPoly1305 : IDisposable
{
    /// <summary>The length of a key in bytes.</summary>
    const int KeyLength = 32;

    /// <summary>The length of a tag in bytes.</summary>
    const int TagLength = 16;

    /// <summary>Computes the tag with a key that was used for nothing else.</summary>
    void ComputeTag(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> tag);
}
