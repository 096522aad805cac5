using System.Diagnostics;

namespace SshMux.Engine.Sftp;

/// <summary>The requests of a session that wait for their replies, until it ends.</summary>
internal sealed class SftpRequests
{
    // The greeting has no id.
    private const uint GreetingId = 0;

    private readonly Lock _lock = new();
    private readonly Dictionary<uint, SftpPending> _pending = [];
    private SshException? _endReason;
    private uint _lastId;

    /// <summary>Whether the session lives and nothing is under way.</summary>
    public bool IsIdle
    {
        get { lock (_lock) return _endReason is null && _pending.Count == 0; }
    }

    /// <summary>Waits for the server's first words.</summary>
    public void AddGreeting(SftpVersionReply greeting)
    {
        lock (_lock) _pending.Add(GreetingId, greeting);
    }

    /// <summary>Gives a request its id; false, and it is told so, if the session has ended.</summary>
    public bool TryAdd(SftpPending pending, out uint id)
    {
        lock (_lock)
        {
            id = 0;
            if (_endReason is null)
            {
                do id = ++_lastId;
                while (id == GreetingId || !_pending.TryAdd(id, pending));
                pending.RequestedAt = Stopwatch.GetTimestamp();
                return true;
            }
        }

        pending.OnEnded(_endReason);
        return false;
    }

    /// <summary>Whom a reply is for.</summary>
    /// <param name="id">Its id; of the greeting, its version.</param>
    /// <exception cref="SshException">Nobody waits for it: the server breaks the protocol.</exception>
    public SftpPending Find(uint id)
    {
        lock (_lock)
        {
            if (_pending.TryGetValue(GreetingId, out var first) && first is SftpVersionReply version)
            {
                // Has a version where others have the id.
                version.Version = id;
                return version;
            }

            return _pending.TryGetValue(id, out var pending) ? pending : throw SshException.Protocol(
                $"a reply to request {id}, which was not made or is answered already");
        }
    }

    /// <summary>The greeting has come.</summary>
    public void RemoveGreeting() => Remove(GreetingId);

    /// <summary>A request is answered, or was never sent.</summary>
    public void Remove(uint id)
    {
        lock (_lock) _pending.Remove(id);
    }

    /// <summary>Ends it; gives those who wait and are to be told. Null if it has ended already.</summary>
    public SftpPending[]? End(SshException reason)
    {
        lock (_lock)
        {
            if (_endReason is not null) return null;
            _endReason = reason;
            SftpPending[] waiting = [.. _pending.Values];
            _pending.Clear();
            return waiting;
        }
    }
}
