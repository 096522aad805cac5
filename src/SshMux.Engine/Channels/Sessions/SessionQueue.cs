namespace SshMux.Engine.Channels.Sessions;

/// <summary>
/// Those who wait for a session. Clients take turns; what one client has asked for comes in the order of its asking. For
/// one thread at a time.
/// </summary>
internal sealed class SessionQueue
{
    // Of each client that waits, in the order of their turns.
    private readonly LinkedList<LinkedList<WaitingSession>> _turns = [];
    private readonly Dictionary<int, LinkedListNode<LinkedList<WaitingSession>>> _clients = [];

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    /// <summary>Whose turn it is; null if nobody waits.</summary>
    public WaitingSession? First => _turns.First?.Value.First!.Value;

    /// <summary>All of them, one client's after the other's.</summary>
    public IEnumerable<WaitingSession> All => _turns.SelectMany(client => client);

    /// <summary>Lets somebody wait, behind those of the same client.</summary>
    public void Add(WaitingSession waiting)
    {
        if (!_clients.TryGetValue(waiting.Asker.Client, out var client))
        {
            client = _turns.AddLast(new LinkedList<WaitingSession>());
            _clients.Add(waiting.Asker.Client, client);
        }

        client.Value.AddLast(waiting);
        Count++;
    }

    /// <summary>Takes the one whose turn it is; the next turn is another client's. Null if nobody waits.</summary>
    public WaitingSession? Take()
    {
        if (_turns.First is not { } client) return null;
        var waiting = client.Value.First!.Value;
        client.Value.RemoveFirst();
        Count--;
        _turns.Remove(client);
        if (client.Value.Count > 0) _turns.AddLast(client);
        else _clients.Remove(waiting.Asker.Client);
        return waiting;
    }

    /// <summary>Lets one go that waits no more. False if it does not wait.</summary>
    public bool Remove(WaitingSession waiting)
    {
        if (!_clients.TryGetValue(waiting.Asker.Client, out var client) || !client.Value.Remove(waiting)) return false;
        Count--;
        if (client.Value.Count > 0) return true;
        _turns.Remove(client);
        _clients.Remove(waiting.Asker.Client);
        return true;
    }
}
