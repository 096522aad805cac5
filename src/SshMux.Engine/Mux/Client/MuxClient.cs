using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Client;

/// <summary>
/// The client of a master at a control path: an OpenSSH one (<c>ssh -M</c>) or ours. Any number of requests and
/// sessions at once; each session has a control connection of its own, the rest share one.
/// </summary>
public sealed partial class MuxClient : IAsyncDisposable
{
    /// <summary>How the message of a refusal begins; the master's own words follow.</summary>
    public const string RefusedBy = "the master refused: ";

    /// <summary>Likewise, of one by the master's user (ControlMaster ask).</summary>
    public const string RefusedByUser = "the master's user refused: ";

    private readonly SemaphoreSlim _linkLock = new(1, 1);
    private readonly MuxClientOptions _options;
    private MuxClientLink? _link;

    private MuxClient(string controlPath, MuxClientOptions options, MuxClientLink link)
    {
        ControlPath = controlPath;
        _options = options;
        _link = link;
    }

    /// <summary>The path of the master's control socket.</summary>
    public string ControlPath { get; }

    /// <summary>Connects to a master and exchanges hellos with it.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ControlSocketMissing"/>, <see cref="SshError.ControlSocketStale"/>,
    /// <see cref="SshError.ControlSocketDenied"/>, <see cref="SshError.ControlSocketUntrusted"/>,
    /// <see cref="SshError.ControlPathInvalid"/>,
    /// <see cref="SshError.ConnectionTimeout"/>, <see cref="SshError.MuxProtocolError"/> (another version, or not a
    /// master).
    /// </exception>
    public static Task<MuxClient> ConnectAsync(string controlPath, CancellationToken cancellationToken = default) =>
        ConnectAsync(controlPath, new MuxClientOptions(), cancellationToken);

    /// <summary>Connects to a master and exchanges hellos with it.</summary>
    /// <exception cref="SshException">As the other overload.</exception>
    public static async Task<MuxClient> ConnectAsync(
        string controlPath, MuxClientOptions options, CancellationToken cancellationToken = default)
    {
        var link = await MuxClientLink.ConnectAsync(controlPath, options, cancellationToken).ConfigureAwait(false);
        return new MuxClient(controlPath, options, link);
    }

    /// <summary>Asks whether the master is alive (MUX_C_ALIVE_CHECK); gives its process id.</summary>
    /// <exception cref="SshException"><see cref="SshError.MasterGone"/>, or why it cannot be reached.</exception>
    public async Task<int> CheckAliveAsync(CancellationToken cancellationToken = default) =>
        await CheckAliveAsync(await LinkAsync(cancellationToken).ConfigureAwait(false), cancellationToken)
            .ConfigureAwait(false);

    /// <summary>
    /// Ends the master and everything that it runs (MUX_C_TERMINATE). A master of OpenSSH mostly dies before it says
    /// OK, so the end of the stream is success too.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>, or why it cannot be reached.</exception>
    public async Task TerminateAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            ExpectOk(await RequestAsync(id => new MuxTerminate(id), cancellationToken).ConfigureAwait(false));
        }
        catch (SshException e) when (e.Error == SshError.MasterGone)
        {
            // As asked.
        }
    }

    /// <summary>
    /// After <see cref="TerminateAsync"/>: waits until the master has closed the control connection. By then it has
    /// removed its control socket, as a master of OpenSSH has when it is gone.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ConnectionTimeout"/>: it still runs after
    /// <paramref name="limit"/>.</exception>
    public async Task WaitForEndAsync(TimeSpan limit, CancellationToken cancellationToken = default)
    {
        try
        {
            if (_link is { } link) await link.Ended.WaitAsync(limit, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new SshException(
                SshError.ConnectionTimeout,
                $"the master at {ControlPath} said that it would end, and still runs after {limit.TotalSeconds} seconds",
                e);
        }
    }

    /// <summary>
    /// Has the master remove its control socket and accept no more clients (MUX_C_STOP_LISTENING); it ends when its
    /// sessions have.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>, or why it cannot be reached.</exception>
    public async Task StopListeningAsync(CancellationToken cancellationToken = default) =>
        ExpectOk(await RequestAsync(id => new MuxStopListening(id), cancellationToken).ConfigureAwait(false));

    /// <summary>
    /// Opens a forward (MUX_C_OPEN_FWD), which lives as long as the master. Gives the port if it asked for port 0 and a
    /// port was chosen (MUX_S_REMOTE_PORT).
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>, or why the master cannot be
    /// reached.</exception>
    public Task<int?> OpenForwardAsync(ForwardSpec spec, CancellationToken cancellationToken = default)
    {
        RequestLimit.Demand(spec);
        return OpenForwardAsync(MuxForward.From(spec), cancellationToken);
    }

    /// <summary>Closes a forward, which must be named exactly as it was opened (MUX_C_CLOSE_FWD).</summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>, or why the master cannot be
    /// reached.</exception>
    public Task CloseForwardAsync(ForwardSpec spec, CancellationToken cancellationToken = default) =>
        CloseForwardAsync(MuxForward.From(spec), cancellationToken);

    /// <summary>Ends the shared control connection. Sessions have their own and go on.</summary>
    public async ValueTask DisposeAsync()
    {
        await _linkLock.WaitAsync().ConfigureAwait(false);
        var link = _link;
        _link = null;
        _linkLock.Release();
        if (link is not null) await link.DisposeAsync().ConfigureAwait(false);
    }

    internal async Task<int?> OpenForwardAsync(MuxForward forward, CancellationToken cancellationToken)
    {
        var reply = await RequestAsync(id => new MuxOpenForward(id, forward), cancellationToken).ConfigureAwait(false);
        if (reply is MuxRemotePort { Port: <= ushort.MaxValue } allocated) return (int)allocated.Port;
        ExpectOk(reply);
        return null;
    }

    internal async Task CloseForwardAsync(MuxForward forward, CancellationToken cancellationToken) =>
        ExpectOk(await RequestAsync(id => new MuxCloseForward(id, forward), cancellationToken).ConfigureAwait(false));

    internal static async Task<int> CheckAliveAsync(MuxClientLink link, CancellationToken cancellationToken)
    {
        var reply = await link.RequestAsync(id => new MuxAliveCheck(id)).WaitAsync(cancellationToken)
            .ConfigureAwait(false);
        return reply is MuxAlive alive ? (int)alive.ProcessId : throw Refused(reply);
    }

    private async Task<MuxReply> RequestAsync(Func<uint, MuxRequest> make, CancellationToken cancellationToken)
    {
        var link = await LinkAsync(cancellationToken).ConfigureAwait(false);
        return await link.RequestAsync(make).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The shared control connection; a new one if a session has taken it, or it has ended.</summary>
    private async Task<MuxClientLink> LinkAsync(CancellationToken cancellationToken)
    {
        await _linkLock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_link is { HasEnded: false }) return _link;
            return _link = await MuxClientLink.ConnectAsync(ControlPath, _options, cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            _linkLock.Release();
        }
    }

    private static void ExpectOk(MuxReply reply)
    {
        if (reply is not MuxOk) throw Refused(reply);
    }

    private static SshException Refused(MuxReply reply) => reply switch
    {
        // The reason may have a server's words in it.
        MuxFailure failure => new SshException(
            SshError.MuxRefused, $"{RefusedBy}{Printable.Text(failure.Reason)}"),
        MuxPermissionDenied denied => new SshException(
            SshError.MuxRefused, $"{RefusedByUser}{Printable.Text(denied.Reason)}"),
        _ => new SshException(
            SshError.MuxProtocolError, $"the master gave an answer that does not fit ({reply.GetType().Name})"),
    };
}
