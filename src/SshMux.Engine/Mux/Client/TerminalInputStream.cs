using System.Runtime.Versioning;
using Mono.Unix.Native;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Engine.Mux.Client;

/// <summary>
/// What is typed on a terminal of our own making, of which a master has the other end. Disposing it ends nothing, for a
/// terminal has no end of input; the terminal itself is its owner's to dispose.
/// </summary>
internal sealed class TerminalInputStream : UnseekableStream
{
    private readonly DescriptorWriter _writer;

    [UnsupportedOSPlatform("windows")]
    public TerminalInputStream(DescriptorHandle terminal)
    {
        // Its file description is ours alone.
        var flags = LibC.Fcntl(terminal.Number, LibC.GetFlags, 0);
        _ = LibC.Fcntl(terminal.Number, LibC.SetFlags, flags | (int)OpenFlags.O_NONBLOCK);
        _writer = new DescriptorWriter(DescriptorHandle.Duplicate(terminal), DescriptorKind.Own);
    }

    public override bool CanWrite => true;

    /// <summary>Completes when the terminal has taken all, which is little at a time.</summary>
    /// <exception cref="IOException">The master has closed its end.</exception>
    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (await _writer.WriteAsync(buffer, cancellationToken).ConfigureAwait(false)) return;
        ObjectDisposedException.ThrowIf(_writer.Failure == 0, this);
        throw new IOException("the master reads no more input");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _writer.Dispose();
        base.Dispose(disposing);
    }
}
