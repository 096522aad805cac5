using Mono.Unix.Native;

namespace SshMux.Engine.Platform;

/// <summary>One descriptor in <see cref="Readiness"/>. Dispose it before the descriptor is closed.</summary>
internal sealed class ReadinessRegistration : IDisposable
{
    private readonly Readiness _owner;
    private readonly int _descriptor;
    private readonly IReadinessHandler _handler;
    private readonly Lock _lock = new();
    private ReadinessDirections _armed;
    private bool _disposed;

    internal ReadinessRegistration(
        Readiness owner, int descriptor, ulong id, IReadinessHandler handler)
    {
        _owner = owner;
        _descriptor = descriptor;
        _handler = handler;
        Id = id;
    }

    internal ulong Id { get; }

    /// <summary>
    /// Asks for one <see cref="IReadinessHandler.OnReady"/> for each of the directions, at once if it is ready already.
    /// The end of the stream, an error and a peer that went away count as ready. Does nothing once disposed.
    /// </summary>
    public void Arm(ReadinessDirections directions)
    {
        lock (_lock)
        {
            if (_disposed || (_armed | directions) == _armed) return;
            _armed |= directions;
            Apply();
        }
    }

    /// <summary>Takes the descriptor out; no call begins after this.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;

            // Closing the descriptor would not be enough: other processes may hold the same description open.
            _owner.Control(EpollOp.EPOLL_CTL_DEL, _descriptor, Id, default);
        }

        _owner.Remove(Id);
    }

    internal void OnEvents(EpollEvents events)
    {
        const EpollEvents end = EpollEvents.EPOLLHUP | EpollEvents.EPOLLERR;
        var ready = ReadinessDirections.None;
        if ((events & (EpollEvents.EPOLLIN | EpollEvents.EPOLLRDHUP | end)) != 0) ready |= ReadinessDirections.Readable;
        if ((events & (EpollEvents.EPOLLOUT | end)) != 0) ready |= ReadinessDirections.Writable;
        lock (_lock)
        {
            if (_disposed) return;
            ready &= _armed;
            _armed &= ~ready;
            if (_armed != 0) Apply();
        }

        if (ready != 0) _handler.OnReady(ready);
    }

    private void Apply()
    {
        var events = EpollEvents.EPOLLONESHOT;
        if ((_armed & ReadinessDirections.Readable) != 0) events |= EpollEvents.EPOLLIN | EpollEvents.EPOLLRDHUP;
        if ((_armed & ReadinessDirections.Writable) != 0) events |= EpollEvents.EPOLLOUT;
        if (!_owner.Control(EpollOp.EPOLL_CTL_MOD, _descriptor, Id, events))
        {
            throw DescriptorHandle.Failed("cannot wait for a descriptor");
        }
    }
}
