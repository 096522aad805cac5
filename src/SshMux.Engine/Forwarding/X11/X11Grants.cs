namespace SshMux.Engine.Forwarding.X11;

/// <summary>The X servers that clients on the other side of a connection may reach, as long as somebody uses them.</summary>
internal sealed class X11Grants
{
    private readonly Lock _lock = new();
    private readonly Dictionary<X11Grant, int> _users = [];

    /// <summary>Whether there are some, and none of them takes new clients any more.</summary>
    public bool HaveExpired
    {
        get
        {
            lock (_lock) return _users.Count > 0 && _users.Keys.All(grant => grant.HasExpired);
        }
    }

    /// <summary>One more uses it: a session that asked for it, or a client that reached it.</summary>
    public void Add(X11Grant grant)
    {
        lock (_lock) _users[grant] = _users.GetValueOrDefault(grant) + 1;
    }

    /// <summary>One uses it no more; after the last nobody reaches it.</summary>
    public void Release(X11Grant grant)
    {
        lock (_lock)
        {
            if (--_users[grant] == 0) _users.Remove(grant);
        }
    }

    /// <summary>
    /// Looks for the X server whose fake cookie a client has sent, and puts the real one in its place
    /// (<see cref="X11ConnectionSetup.Substitute"/>).
    /// </summary>
    /// <param name="received">What the client has sent so far.</param>
    /// <param name="found">The X server, which the client uses from now on; null if it is not known (yet).</param>
    public X11SetupCheck Substitute(Span<byte> received, out X11Grant? found)
    {
        found = null;
        var result = X11SetupCheck.Refused;
        lock (_lock)
        {
            foreach (var grant in _users.Keys.Where(grant => !grant.HasExpired))
            {
                var check = X11ConnectionSetup.Substitute(received, grant.Cookie);
                if (check == X11SetupCheck.Incomplete) result = check;
                if (check != X11SetupCheck.Accepted) continue;
                found = grant;
                break;
            }

            if (found is null) return result;
            _users[found]++;
            return X11SetupCheck.Accepted;
        }
    }
}
