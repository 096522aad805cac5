using System.Diagnostics;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform.Readiness;

/// <summary>One descriptor in <see cref="ReadinessLoop"/>. Dispose it before the descriptor is closed.</summary>
internal sealed class ReadinessRegistration : IDisposable
{
    private readonly ReadinessLoop _owner;
    private readonly int _descriptor;
    private readonly IReadinessHandler _handler;
    private readonly Lock _lock = new();
    private ReadinessDirections _armed;
    private bool _disposed;
    private bool _failed;
    private SshException? _failure;

    internal ReadinessRegistration(
        ReadinessLoop owner, int descriptor, ulong id, IReadinessHandler handler)
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
    /// <exception cref="SshException">The system does not wait for the descriptor any more.</exception>
    public void Arm(ReadinessDirections directions)
    {
        lock (_lock)
        {
            if (_failure is not null) throw _failure.Again();
            if (_disposed || (_armed | directions) == _armed) return;
            _armed |= directions;
            try
            {
                Apply();
                return;
            }
            catch (SshException e)
            {
                _failure = e;
            }
        }

        // Not here, where the caller may hold locks: who waits for the other direction is told, too.
        ThreadPool.UnsafeQueueUserWorkItem(static self => self.Fail(self._failure!), this, preferLocal: false);
        throw _failure.Again();
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

    /// <summary>Ends the registration because of a failure, and tells the handler, whose own failure is ignored.</summary>
    internal void Fail(Exception cause)
    {
        var failure = cause as SshException
            ?? new SshException(SshError.NotSupported, $"cannot serve a descriptor: {cause.Message}", cause);
        lock (_lock)
        {
            if (_failed) return;
            _failed = true;
            _failure = failure;
        }

        Dispose();
        OneByOne.Guard(
            () => _handler.OnFailed(failure),
            e => Trace.TraceError($"sshmux: the handler of a failed descriptor failed, too: {e}"));
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
