namespace SshMux.Engine.Transport;

/// <content>How long keys are used: by bytes, packets, cipher blocks and time.</content>
public sealed partial class SshTransport
{
    /// <summary>
    /// RFC 4344 section 3.2: a cipher with blocks of L bits encrypts at most 2^(L/4) blocks with a key, which is 2^32
    /// for AES. It also keeps AES-GCM far from the end of its nonces.
    /// </summary>
    private const long MaxBlocksWithKey = 1L << 32;

    /// <summary>What is used of a cipher with shorter blocks, in bytes: RFC 4253 section 9, and as OpenSSH.</summary>
    private const long MaxBytesWithShortBlocks = 1L << 30;

    private Timer? _rekeyTimer;

    private bool NeedsNewKeys(long bytes, long packets, int blockSize) =>
        _loggedIn && (bytes > BytesLimit(blockSize) || packets > _options.MaxPacketsWithKey);

    /// <summary>What RekeyLimit allows, or the cipher if that is less.</summary>
    private long BytesLimit(int blockSize) => Math.Min(
        _options.RekeyLimitBytes, blockSize >= 16 ? MaxBlocksWithKey * blockSize : MaxBytesWithShortBlocks);

    /// <summary>
    /// A server may go on with what it was sending when we ask for new keys, but not for ever: sequence numbers must
    /// not come again with the same keys (RFC 4344 section 3.1).
    /// </summary>
    private void CheckKeysOfServer()
    {
        if (_decoder.PacketsWithKey <= 2 * _options.MaxPacketsWithKey) return;
        throw SshException.Protocol("the server goes on and on without the new keys that it was asked for");
    }

    private void ScheduleRekey()
    {
        if (_options.RekeyInterval is not { } interval || !_loggedIn) return;
        lock (_endLock)
        {
            if (_reason is not null) return;
            _nextRekey = DateTime.Now + interval;
            _rekeyTimer ??= new Timer(
                static state => ((SshTransport)state!).RequestKeyExchange(), this, Timeout.Infinite, Timeout.Infinite);
            _rekeyTimer.Change(interval, Timeout.InfiniteTimeSpan);
        }
    }
}
