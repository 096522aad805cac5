using System.Net.Sockets;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Platform;
using SshMux.Engine.Streams;

namespace SshMux.Engine.Mux.Client;

/// <summary>
/// A connection made by the server, tied by a master to socket pairs of this process: one for each direction, because a
/// master closes its two descriptors one by one, and each must then be seen as the end of its direction.
/// </summary>
internal sealed class MuxStream : DuplexStream
{
    private readonly MuxSession _session;
    private readonly NetworkStream _input;
    private readonly NetworkStream _output;

    private MuxStream(MuxSession session, NetworkStream input, NetworkStream output)
    {
        _session = session;
        _input = input;
        _output = output;
    }

    /// <param name="open">Has a master tie a connection to two descriptors: one to read from, one to write to.</param>
    internal static async Task<MuxStream> OpenAsync(Func<DescriptorHandle, DescriptorHandle, Task<MuxSession>> open)
    {
        if (!ControlSocket.IsPossible) throw ControlSocket.NotPossible();
        var input = new LocalEnd(FileAccess.Read);
        var output = new LocalEnd(FileAccess.Write);
        try
        {
            var session = await open(output.Passed, input.Passed).ConfigureAwait(false);
            return new MuxStream(session, input.Stream, output.Stream);
        }
        catch
        {
            input.Stream.Dispose();
            output.Stream.Dispose();
            throw;
        }
        finally
        {
            input.Passed.Dispose();
            output.Passed.Dispose();
        }
    }

    /// <inheritdoc />
    public override void CompleteWriting() => _output.Dispose();

    /// <inheritdoc />
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _input.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc />
    public override ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _output.WriteAsync(buffer, cancellationToken);

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        _output.Dispose();
        _input.Dispose();
        await _session.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Closes the connection both ways.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _output.Dispose();
            _input.Dispose();

            // Closing needs no waiting; what is waited for is the reader's end, and that needs nobody.
            _ = _session.DisposeAsync().AsTask();
        }

        base.Dispose(disposing);
    }
}
