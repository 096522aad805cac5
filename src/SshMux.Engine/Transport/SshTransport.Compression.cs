using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.Compression;

namespace SshMux.Engine.Transport;

/// <content>
/// <c>zlib@openssh.com</c>: compression that begins with the login, so that nobody unknown reaches zlib, and anew with
/// every later exchange of keys.
/// </content>
internal sealed partial class SshTransport
{
    private PacketCompressor? _compressor; // under the send lock
    private PacketDecompressor? _decompressor; // of the receive loop

    /// <summary>After the login, or our SSH_MSG_NEWKEYS; the send lock is held.</summary>
    private void RestartCompression(NegotiatedAlgorithms algorithms)
    {
        _compressor?.Dispose();
        var compress = _loggedIn && algorithms.CompressionOut == SshAlgorithms.DelayedZlib;
        _compressor = compress ? new PacketCompressor() : null;
    }

    /// <summary>After the login, or the server's SSH_MSG_NEWKEYS.</summary>
    private void RestartDecompression(NegotiatedAlgorithms algorithms)
    {
        _decompressor?.Dispose();
        var compressed = _loggedIn && algorithms.CompressionIn == SshAlgorithms.DelayedZlib;
        _decompressor = compressed ? new PacketDecompressor() : null;
    }

    /// <summary>
    /// Takes the next packet's message; false when it has not arrived completely. The span is valid until the next
    /// call, and no longer than until the buffer is read into again.
    /// </summary>
    private bool TryReadMessage(out ReadOnlySpan<byte> message)
    {
        if (!_decoder.TryRead(out message)) return false;
        if (_decompressor is not null) message = _decompressor.Decompress(message);
        return true;
    }
}
