using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Channels.Proxied;

namespace SshMux.Engine.Channels.Sessions;

/// <summary>
/// How many sessions a server may still grant on a connection, as far as its refusals tell: all that are asked for before
/// the first refusal, then one for each that ends. For one thread at a time.
/// </summary>
internal sealed class SessionPlaces(SshConnection connection)
{
    private int? _left; // null: no limit is known
    private bool _isTrying;

    /// <summary>The connection.</summary>
    public SshConnection Connection => connection;

    /// <summary>How many places the server was asked for and has not answered.</summary>
    public int Asked { get; private set; }

    /// <summary>Whether a session is open, a client's in proxy mode perhaps, whose end would leave a place.</summary>
    public bool HasSessions
    {
        get
        {
            foreach (var slot in connection.Context.Table.Slots)
            {
                if (slot is Channel { Type: ChannelTypes.Session, IsOpening: false }
                    or ProxiedChannel { Type: ChannelTypes.Session })
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Counts one that the server is to be asked for, if it may have one; null if it has none.</summary>
    public SessionPlaceKind? TryAsk()
    {
        if (_left == 0) return null;
        Asked++;
        if (_left is null) return SessionPlaceKind.Free;
        _left--;
        return SessionPlaceKind.Left;
    }

    /// <summary>Counts one that the server is asked for although it should have none. Only one at a time.</summary>
    public SessionPlaceKind? TryAskAnyway()
    {
        if (_isTrying) return null;
        _isTrying = true;
        Asked++;
        return SessionPlaceKind.Trial;
    }

    /// <summary>
    /// Whether a place that was refused may be asked for again when the session that has just ended is gone for good: each
    /// that was left, and one of the others, for they would be many.
    /// </summary>
    public bool MayAskAgain(SessionPlace place)
    {
        if (place.Kind != SessionPlaceKind.Free) return true;
        if (_isTrying) return false;
        _isTrying = true;
        place.Kind = SessionPlaceKind.Trial;
        return true;
    }

    /// <summary>The server has answered, or the connection has ended.</summary>
    /// <param name="place">What was asked for.</param>
    /// <param name="isFull">Whether there are enough of them.</param>
    public void OnAnswer(SessionPlace place, bool isFull)
    {
        Asked--;
        if (place.Kind == SessionPlaceKind.Trial) _isTrying = false;
        if (isFull) _left ??= 0;
    }

    /// <summary>A session has ended.</summary>
    /// <param name="forget">Whether nobody waits: then what was found out is forgotten when all have ended.</param>
    public void OnSessionEnded(bool forget)
    {
        if (_left is not null) _left++;
        if (forget && Asked == 0 && connection.ChannelCount == 0) _left = null;
    }
}
