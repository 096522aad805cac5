using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.Engine.Mux.Master;

/// <summary>
/// What a master tells its clients without being asked (extension "notice@sshmux"), and its own process. Nobody waits for
/// it, and who tells need not know who hears.
/// </summary>
internal sealed class MuxNotices
{
    private readonly Lock _lock = new();
    private readonly List<MuxClientNotices> _clients = [];

    /// <summary>
    /// Raised for this process with what is not for one client alone, on the thread that tells: a handler must not block
    /// or throw.
    /// </summary>
    public event Action<MuxNotice>? Told;

    /// <summary>Tells all clients. May be called anywhere, and often: what somebody has just been told is left out.</summary>
    /// <param name="kind">What it is about.</param>
    /// <param name="text">
    /// For people: one line, without a full stop. What the server or a client had a say in may be in it; it is made safe.
    /// </param>
    public void Tell(MuxNoticeKind kind, string text) => Tell(MuxNotice.Of(kind, text));

    /// <inheritdoc cref="Tell(MuxNoticeKind, string)"/>
    public void Tell(MuxNotice notice) => Tell(notice, static _ => true, isForAll: true);

    /// <summary>
    /// Tells the client that opened something, on whichever of its control connections; if it has gone, or was none, all
    /// those of the master's owner.
    /// </summary>
    /// <param name="opener">The client; null if it was none, or hears no notices.</param>
    /// <param name="kind">What it is about.</param>
    /// <param name="text">As in <see cref="Tell(MuxNoticeKind, string)"/>.</param>
    public void TellOpener(MuxClientNotices? opener, MuxNoticeKind kind, string text)
    {
        bool isThere;
        lock (_lock) isThere = opener is not null && _clients.Exists(opener.IsSameAs);
        Tell(MuxNotice.Of(kind, text), isThere ? opener!.IsSameAs : static client => client.IsOwner, !isThere);
    }

    /// <summary>A client that hears notices has come.</summary>
    internal void Add(MuxClientNotices client)
    {
        client.Start();
        lock (_lock) _clients.Add(client);
    }

    /// <summary>It has gone.</summary>
    internal void Remove(MuxClientNotices client)
    {
        lock (_lock) _clients.Remove(client);
    }

    private void Tell(MuxNotice notice, Func<MuxClientNotices, bool> isMeant, bool isForAll)
    {
        MuxClientNotices[] clients;
        lock (_lock) clients = [.. _clients.Where(isMeant)];
        foreach (var client in clients) client.Tell(notice);
        if (isForAll) Told?.Invoke(notice);
    }
}
