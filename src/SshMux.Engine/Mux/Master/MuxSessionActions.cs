using SshMux.Engine.Mux.Sessions;

namespace SshMux.Engine.Mux.Master;

/// <summary>What can be done to any session of a master, by clients and by the master's own process.</summary>
/// <param name="master">The master.</param>
internal sealed class MuxSessionActions(MuxMaster master)
{
    private const int MaxSignalName = 64;

    /// <summary>The session with a number or a name.</summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>: it cannot be said which that is.</exception>
    public MuxSessionEntry Find(string session) => master.SessionTable.Find(session, out var whyNot) ?? throw Refused(whyNot);

    /// <summary>Has the server send the session's program a signal: "INT", "TERM", ...</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxRefused"/>: it did not, or that is no signal's name; why the connection has ended.
    /// </exception>
    public async Task SignalAsync(MuxSessionEntry session, string name)
    {
        if (name.Length is 0 or > MaxSignalName) throw Refused("this is not a signal's name");
        if (await session.SignalAsync(name).ConfigureAwait(false)) return;
        throw Refused(MuxSignalRefusal.Explain(master.Connection.Context, name));
    }

    /// <summary>Ends a session, whatever its program does.</summary>
    public static void Close(MuxSessionEntry session) =>
        session.Close(new SshException(SshError.Stopped, $"session {session.Number} was closed at the master"));

    /// <summary>Gives a session another name; none if that is empty.</summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>: it cannot be called that.</exception>
    public static void Rename(MuxSessionEntry session, string name)
    {
        if (MuxSessionTable.Rename(session, name) is { } whyNot) throw Refused(whyNot);
    }

    private static SshException Refused(string why) => new(SshError.MuxRefused, why);
}
