using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Proxy;

/// <summary>
/// The way of messages to the layer above, one at a time: those of the master, and the replies that are given on this
/// side, which come from other threads.
/// </summary>
/// <param name="onFailure">Told of a message that the layer above cannot take; ends the transport.</param>
internal sealed class MuxProxyDelivery(Action<SshException> onFailure)
{
    private static readonly byte[] Success = [MessageNumber.RequestSuccess];
    private static readonly byte[] Failure = [MessageNumber.RequestFailure];

    // Held while a message is delivered.
    private readonly Lock _lock = new();
    private readonly Queue<bool> _replies = new();
    private volatile bool _closed;
    private IMessageReceiver? _receiver;
    private bool _endTold;

    /// <summary>What a failure that is none of the protocol's ends the transport with.</summary>
    public static SshException Unhandled(Exception e) =>
        new(SshError.ProtocolError, $"a message could not be handled: {e.Message}", e);

    /// <summary>Delivers to this receiver from now on; false if the end has been told already.</summary>
    /// <param name="receiver">The layer above.</param>
    /// <param name="begin">Begins the reading, before the end can be told.</param>
    public bool TryStart(IMessageReceiver receiver, Action begin)
    {
        lock (_lock)
        {
            if (_endTold) return false;
            Volatile.Write(ref _receiver, receiver);
            begin();
            return true;
        }
    }

    /// <summary>Gives the layer above a message, unless the transport ends.</summary>
    public void Deliver(ReadOnlySpan<byte> message)
    {
        try
        {
            lock (_lock)
            {
                if (!_closed) _receiver!.OnMessage(message);
            }
        }
        catch (SshException e)
        {
            onFailure(e);
        }
        catch (Exception e)
        {
            onFailure(Unhandled(e));
        }
    }

    /// <summary>Gives the layer above the reply to a global request that the master is not asked.</summary>
    public void Reply(bool success)
    {
        lock (_replies) _replies.Enqueue(success);
        ThreadPool.UnsafeQueueUserWorkItem(static self => self.DeliverReplies(), this, preferLocal: false);
    }

    /// <summary>Tells the layer above that bulk senders may go on.</summary>
    public void OnWritable() => Volatile.Read(ref _receiver)?.OnWritable();

    /// <summary>Delivers nothing more.</summary>
    public void Close() => _closed = true;

    /// <summary>Tells the layer above of the end, after the message that it may have now.</summary>
    public void TellEnd(SshException reason)
    {
        IMessageReceiver? receiver;
        lock (_lock)
        {
            _endTold = true;
            receiver = _receiver;
        }

        receiver?.OnEnded(reason);
    }

    private void DeliverReplies()
    {
        lock (_lock)
        {
            while (true)
            {
                bool success;
                lock (_replies)
                {
                    if (!_replies.TryDequeue(out success)) return;
                }

                Deliver(success ? Success : Failure);
            }
        }
    }
}
