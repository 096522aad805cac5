using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Client;

/// <summary>
/// What a client asks of any session and forward of a master of ours (extension "sessions@sshmux"), whoever's they are.
/// </summary>
internal static class MuxSessionControl
{
    /// <summary>The master's sessions, by their numbers.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.NotSupported"/>: the master cannot be asked; why it cannot be reached.
    /// </exception>
    public static async Task<IReadOnlyList<MuxSessionDescription>> ListSessionsAsync(
        this MuxClient client, CancellationToken cancellationToken)
    {
        var all = new List<MuxSessionDescription>();
        MuxSessions part;
        do
        {
            var after = all.Count == 0 ? 0 : all[^1].Number;
            part = await AskAsync<MuxSessions>(client, id => new MuxListSessions(id, after), cancellationToken)
                .ConfigureAwait(false);
            all.AddRange(part.All);
        }
        while (part is { HasMore: true, All.Count: > 0 });
        return all;
    }

    /// <summary>The master's forwards, by their numbers.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.NotSupported"/>: the master cannot be asked; why it cannot be reached.
    /// </exception>
    public static async Task<IReadOnlyList<MuxForwardDescription>> ListForwardsAsync(
        this MuxClient client, CancellationToken cancellationToken)
    {
        var all = new List<MuxForwardDescription>();
        MuxForwards part;
        do
        {
            var after = all.Count == 0 ? 0 : all[^1].Number;
            part = await AskAsync<MuxForwards>(client, id => new MuxListForwards(id, after), cancellationToken)
                .ConfigureAwait(false);
            all.AddRange(part.All);
        }
        while (part is { HasMore: true, All.Count: > 0 });
        return all;
    }

    /// <summary>Whether the master tells its sessions and forwards.</summary>
    /// <exception cref="SshException">Why it cannot be reached.</exception>
    public static async Task<bool> TellsSessionsAsync(this MuxClient client, CancellationToken cancellationToken)
    {
        var link = await client.Shared.GetAsync(cancellationToken).ConfigureAwait(false);
        return link.Announces(MuxExtensions.Sessions);
    }

    /// <summary>Has a signal sent to a session's program: "INT", "TERM", ...</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.NotSupported"/>: the master cannot be asked; <see cref="SshError.MuxRefused"/>: there is no such
    /// session, or the server did not send it; why it cannot be reached.
    /// </exception>
    public static Task SignalSessionAsync(
        this MuxClient client, string session, string name, CancellationToken cancellationToken) =>
        AskAsync<MuxOk>(client, id => new MuxSignalSession(id, session, name), cancellationToken);

    /// <summary>Ends a session, whatever its program does.</summary>
    /// <exception cref="SshException">As <see cref="SignalSessionAsync"/>.</exception>
    public static Task CloseSessionAsync(this MuxClient client, string session, CancellationToken cancellationToken) =>
        AskAsync<MuxOk>(client, id => new MuxCloseSession(id, session), cancellationToken);

    /// <summary>Gives a session another name; none if that is empty.</summary>
    /// <exception cref="SshException">As <see cref="SignalSessionAsync"/>.</exception>
    public static Task RenameSessionAsync(
        this MuxClient client, string session, string name, CancellationToken cancellationToken) =>
        AskAsync<MuxOk>(client, id => new MuxRenameSession(id, session, name), cancellationToken);

    private static async Task<TReply> AskAsync<TReply>(
        MuxClient client, Func<uint, MuxRequest> make, CancellationToken cancellationToken)
        where TReply : MuxReply
    {
        var link = await client.Shared.GetAsync(cancellationToken).ConfigureAwait(false);
        link.Demand(MuxExtensions.Sessions, "sessions");
        var reply = await link.RequestAsync(make).WaitAsync(cancellationToken).ConfigureAwait(false);
        return reply as TReply ?? throw MuxRefusal.Of(reply);
    }
}
