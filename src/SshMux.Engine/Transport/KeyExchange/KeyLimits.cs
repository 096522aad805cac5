namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>How long keys are used, by bytes and packets of one direction.</summary>
/// <param name="bytes">What RekeyLimit allows (RFC 4253 section 9).</param>
/// <param name="packets">RFC 4344 section 3.1.</param>
internal sealed class KeyLimits(long bytes, long packets)
{
    /// <summary>
    /// RFC 4344 section 3.2: a cipher with blocks of L bits encrypts at most 2^(L/4) blocks with a key, which is 2^32
    /// for AES. It also keeps AES-GCM far from the end of its nonces.
    /// </summary>
    private const long MaxBlocksWithKey = 1L << 32;

    /// <summary>What is used of a cipher with shorter blocks, in bytes: RFC 4253 section 9, and as OpenSSH.</summary>
    private const long MaxBytesWithShortBlocks = 1L << 30;

    private volatile bool _areInForce;

    /// <summary>Whether there is a login: before it the first keys stay, whatever the limits.</summary>
    public bool AreInForce => _areInForce;

    /// <summary>Whether keys with which so much went in a direction are to be exchanged.</summary>
    public bool AreReached(long bytesWithKey, long packetsWithKey, int blockSize) =>
        _areInForce && (bytesWithKey > BytesLimit(blockSize) || packetsWithKey > packets);

    /// <summary>The login is done.</summary>
    public void PutInForce() => _areInForce = true;

    /// <summary>What RekeyLimit allows, or the cipher if that is less; <paramref name="blockSize"/> is in bytes.</summary>
    public long BytesLimit(int blockSize) =>
        Math.Min(bytes, blockSize >= 16 ? MaxBlocksWithKey * blockSize : MaxBytesWithShortBlocks);

    /// <summary>
    /// A server may go on with what it was sending when we ask for new keys, but not for ever: sequence numbers must
    /// not come again with the same keys (RFC 4344 section 3.1). Throws <see cref="SshException"/>.
    /// </summary>
    public void CheckServer(long packetsWithKey)
    {
        if (packetsWithKey <= 2 * packets) return;
        throw SshException.Protocol("the server goes on and on without the new keys that it was asked for");
    }
}
