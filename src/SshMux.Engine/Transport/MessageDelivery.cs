using System.Diagnostics;

namespace SshMux.Engine.Transport;

/// <summary>
/// Delivers to the layer above, which hands over to the next one when the login is done: messages, and at last the end.
/// </summary>
internal sealed class MessageDelivery
{
    private readonly Lock _lock = new();
    private IMessageReceiver? _receiver;
    private Task? _loop;
    private SshException? _ended; // who was the receiver then has it; one that comes later gets it at once
    private long _started;

    /// <summary>How long ago the first layer began to receive.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <summary>Delivers from now on to <paramref name="receiver"/>.</summary>
    /// <param name="receiver">The layer above.</param>
    /// <param name="receive">The receive loop, which the first layer starts.</param>
    public void Start(IMessageReceiver receiver, Func<Task> receive)
    {
        SshException ended;
        lock (_lock)
        {
            if (_ended is null)
            {
                Volatile.Write(ref _receiver, receiver);
                if (_loop is not null) return;
                _started = Stopwatch.GetTimestamp();

                // On a thread of the pool: what has arrived already is delivered at once, and the caller is not ready.
                _loop = Task.Run(receive);
                return;
            }

            ended = _ended;
        }

        receiver.OnEnded(ended);
    }

    /// <summary>One message; called by the receive loop.</summary>
    public void OnMessage(ReadOnlySpan<byte> message) => _receiver!.OnMessage(message);

    /// <summary>The transport was congested and is no longer.</summary>
    public void OnWritable() => Volatile.Read(ref _receiver)?.OnWritable();

    /// <summary>No receive loop starts any more; gives the one that runs.</summary>
    public Task Stop()
    {
        lock (_lock) return _loop ??= Task.CompletedTask;
    }

    /// <summary>The transport has ended; nothing follows.</summary>
    public void End(SshException reason)
    {
        IMessageReceiver? receiver;
        lock (_lock)
        {
            _ended = reason;
            receiver = _receiver;
        }

        receiver?.OnEnded(reason);
    }
}
