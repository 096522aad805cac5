using System.Threading.Tasks.Sources;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Platform.Sockets;

// The wait of one direction. Nothing is allocated for it.
internal sealed partial class SocketStream
{
    private sealed class Waiter(SocketStream stream) : IValueTaskSource<int>, IValueTaskSource
    {
        private readonly Lock _lock = new();
        private ManualResetValueTaskSourceCore<int> _core;
        private Memory<byte> _buffer;
        private ReadinessDirections _direction;
        private bool _waits;

        /// <summary>
        /// Completes when there is something in <paramref name="buffer"/> (reading), or when there may be room again
        /// (writing).
        /// </summary>
        public ValueTask<int> WaitAsync(Memory<byte> buffer, ReadinessDirections direction, bool inline)
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(stream._disposed != 0, stream);
                _core.Reset();
                _core.RunContinuationsAsynchronously = !inline;
                _buffer = buffer;
                _direction = direction;
                stream._registration.Arm(direction);
                _waits = true; // the event comes through the lock
                return new ValueTask<int>(this, _core.Version);
            }
        }

        public void OnReady()
        {
            Exception? failure = null;
            var received = 0;
            lock (_lock)
            {
                if (!_waits) return;
                try
                {
                    if (_direction == ReadinessDirections.Readable && !stream.TryReceive(_buffer.Span, out received))
                    {
                        stream._registration.Arm(_direction);
                        return;
                    }
                }
                catch (Exception e) when (e is IOException or ObjectDisposedException)
                {
                    failure = e;
                }

                Done();
            }

            if (failure is null) _core.SetResult(received);
            else _core.SetException(failure);
        }

        /// <summary>Ends the wait, if there is one.</summary>
        public void Fail(Exception reason)
        {
            lock (_lock)
            {
                if (!_waits) return;
                Done();

                // Whoever ends it is not to be held up by what follows.
                _core.RunContinuationsAsynchronously = true;
            }

            _core.SetException(reason);
        }

        private void Done()
        {
            _waits = false;
            _buffer = default;
        }

        int IValueTaskSource<int>.GetResult(short token) => _core.GetResult(token);

        void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

        ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _core.GetStatus(token);

        ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

        void IValueTaskSource<int>.OnCompleted(
            Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);

        void IValueTaskSource.OnCompleted(
            Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);
    }
}
