using System.Net.Sockets;
using SshMux.Engine.Platform.Readiness;
using SshMux.Engine.Streams;

namespace SshMux.Engine.Mux.Protocol;

// The socket does not block, and what it does not do at once is waited for with the readiness loop.
internal sealed partial class MuxSocket : IReadinessHandler
{
    private readonly ReadinessRegistration _registration;
    private readonly ReadyWait _readable;
    private readonly ReadyWait _writable;
    private int _disposed;

    /// <summary>
    /// Whether the reader goes on on the readiness thread, which serves others, too: for one that never blocks.
    /// </summary>
    public bool ReadsInline
    {
        get => _readable.GoesOnInline;
        init => _readable.GoesOnInline = value;
    }

    void IReadinessHandler.OnReady(ReadinessDirections directions)
    {
        if ((directions & ReadinessDirections.Readable) != 0) _readable.Wake();
        if ((directions & ReadinessDirections.Writable) != 0) _writable.Wake();
    }

    void IReadinessHandler.OnFailed(SshException failure) => Dispose();

    private void Arm(ReadinessDirections direction) => _registration.Arm(direction);

    /// <summary>False if there is nothing to receive yet; 0 bytes are the end.</summary>
    private bool TryReceive(Span<byte> buffer, out int received, SocketFlags flags = SocketFlags.None)
    {
        received = _socket.Receive(buffer, flags, out var error);
        return Succeeded(error);
    }

    private bool TrySend(ReadOnlySpan<byte> data, out int sent)
    {
        sent = _socket.Send(data, SocketFlags.None, out var error);
        return Succeeded(error);
    }

    /// <summary>False if the call would have had to wait.</summary>
    private static bool Succeeded(SocketError error) => error switch
    {
        SocketError.Success => true,
        SocketError.WouldBlock or SocketError.IOPending => false,
        _ => throw new SocketException((int)error),
    };
}
