using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Platform;
using SshMux.Engine.Streams;

namespace SshMux.Engine.Mux.Client;

/// <summary>
/// The client of a master at a control path: an OpenSSH one (<c>ssh -M</c>) or ours. Any number of requests and
/// sessions at once; each session has a control connection of its own, the rest share one.
/// </summary>
public sealed class MuxClient : ISshClient
{
    /// <summary>How the message of a refusal begins; the master's own words follow.</summary>
    internal const string RefusedBy = MuxRefusal.ByMaster;

    /// <summary>How the message of a refusal by the master's user begins (ControlMaster ask).</summary>
    internal const string RefusedByUser = MuxRefusal.ByUser;

    private readonly MuxSharedLink _shared;

    private MuxClient(MuxSharedLink shared) => _shared = shared;

    /// <summary>The control connection that requests share.</summary>
    internal MuxSharedLink Shared => _shared;

    /// <summary>The path of the master's control socket.</summary>
    public string ControlPath => _shared.Path;

    /// <inheritdoc/>
    public string Name => ControlPath;

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
        string controlPath, MuxClientOptions options, CancellationToken cancellationToken = default) =>
        new(await MuxSharedLink.ConnectAsync(controlPath, options.WithNotices(), cancellationToken).ConfigureAwait(false));

    /// <summary>Whether the master announced an extension.</summary>
    /// <exception cref="SshException">Why it cannot be reached.</exception>
    internal async Task<bool> KnowsAsync(string extension, CancellationToken cancellationToken = default) =>
        (await _shared.GetAsync(cancellationToken).ConfigureAwait(false)).Announces(extension);

    /// <summary>Asks whether the master is alive (MUX_C_ALIVE_CHECK); gives its process id.</summary>
    /// <exception cref="SshException"><see cref="SshError.MasterGone"/>, or why it cannot be reached.</exception>
    public async Task<int> CheckAliveAsync(CancellationToken cancellationToken = default)
    {
        var link = await _shared.GetAsync(cancellationToken).ConfigureAwait(false);
        return await link.CheckAliveAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Ends the master and everything that it runs (MUX_C_TERMINATE). A master of OpenSSH mostly dies before it says
    /// OK, so the end of the stream is success too.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>, or why it cannot be reached.</exception>
    public async Task TerminateAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await _shared.DemandAsync(id => new MuxTerminate(id), cancellationToken).ConfigureAwait(false);
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
            await _shared.Ended.WaitAsync(limit, cancellationToken).ConfigureAwait(false);
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
    public Task StopListeningAsync(CancellationToken cancellationToken = default) =>
        _shared.DemandAsync(id => new MuxStopListening(id), cancellationToken);

    /// <summary>
    /// Opens a forward (MUX_C_OPEN_FWD), which lives as long as the master. Gives the port if it asked for port 0 and a
    /// port was chosen (MUX_S_REMOTE_PORT).
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>, or why the master cannot be
    /// reached.</exception>
    public Task<int?> OpenForwardAsync(ForwardSpec spec, CancellationToken cancellationToken = default)
    {
        RequestLimit.DemandForward(spec.Listen.Host, spec.Connect?.Host);
        return OpenForwardAsync(MuxForward.From(spec), cancellationToken);
    }

    /// <summary>Closes a forward, which must be named exactly as it was opened (MUX_C_CLOSE_FWD).</summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>, or why the master cannot be
    /// reached.</exception>
    public Task CloseForwardAsync(ForwardSpec spec, CancellationToken cancellationToken = default) =>
        CloseForwardAsync(MuxForward.From(spec), cancellationToken);

    /// <summary>
    /// Has the master run a session on the given descriptors (MUX_C_NEW_SESSION). They are passed on, not taken: they
    /// stay the caller's to close.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxRefused"/> (the server's MaxSessions, for one), <see cref="SshError.RequestTooLong"/>,
    /// <see cref="SshError.MasterGone"/>.
    /// </exception>
    internal Task<MuxSession> OpenSessionAsync(
        MuxSessionRequest request, SessionDescriptors descriptors, CancellationToken cancellationToken = default) =>
        MuxSessionOpening.OpenAsync(_shared, request, descriptors, cancellationToken);

    /// <summary>
    /// Has the master connect from the server to a TCP port and tie the connection to two descriptors
    /// (MUX_C_NEW_STDIO_FWD, ssh -W).
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>, <see cref="SshError.MasterGone"/>.</exception>
    internal Task<MuxSession> OpenStdioForwardAsync(
        string host,
        int port,
        DescriptorHandle input,
        DescriptorHandle output,
        CancellationToken cancellationToken = default)
    {
        RequestLimit.Demand("the name of the host to connect to", host);
        return MuxSessionOpening.OpenAsync(
            _shared, id => new MuxNewStdioForward(id, host, (uint)port), [input, output], cancellationToken);
    }

    /// <summary>
    /// Has the master connect to a unix socket on the server and tie the connection to two descriptors.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>, <see cref="SshError.MasterGone"/>.</exception>
    internal Task<MuxSession> OpenStdioForwardAsync(
        string path, DescriptorHandle input, DescriptorHandle output, CancellationToken cancellationToken = default)
    {
        RequestLimit.Demand("the path of the socket to connect to", path);
        return MuxSessionOpening.OpenAsync(
            _shared,
            id => new MuxNewStdioForward(id, path, MuxProtocol.StreamLocalPort),
            [input, output],
            cancellationToken);
    }

    /// <summary>
    /// Runs a command, shell or subsystem over the master with its streams in this process: the same face as
    /// <see cref="ConnectionStreams.StartAsync"/>.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxRefused"/>, <see cref="SshError.MasterGone"/>. A server that refuses the terminal is no
    /// error: the session goes on without one. Of the terminal's modes only ECHO counts.
    /// </exception>
    public Task<RemoteProcess> StartAsync(SessionRequest request, CancellationToken cancellationToken = default) =>
        MuxProcess.StartAsync(this, request, cancellationToken);

    /// <summary>Has the server connect to a TCP port, and gives the connection as a stream.</summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>, <see cref="SshError.MasterGone"/>.</exception>
    public async Task<DuplexStream> OpenStreamAsync(
        string host, int port, CancellationToken cancellationToken = default) =>
        await MuxStream.OpenAsync((input, output) => OpenStdioForwardAsync(host, port, input, output, cancellationToken))
            .ConfigureAwait(false);

    /// <summary>Has the server connect to a unix socket there, and gives the connection as a stream.</summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>, <see cref="SshError.MasterGone"/>.</exception>
    public async Task<DuplexStream> OpenStreamAsync(string path, CancellationToken cancellationToken = default) =>
        await MuxStream.OpenAsync((input, output) => OpenStdioForwardAsync(path, input, output, cancellationToken))
            .ConfigureAwait(false);

    /// <summary>
    /// The master's connection: addresses, algorithms, limits and traffic, in lines that end in CR LF (MUX_C_EXT_INFO
    /// "connection").
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.NotSupported"/>: the master cannot be asked; <see cref="SshError.MuxRefused"/>; why it
    /// cannot be reached.
    /// </exception>
    public Task<string> DescribeConnectionAsync(CancellationToken cancellationToken = default) =>
        MuxInformationRequests.DescribeAsync(_shared, MuxInformation.Connection, cancellationToken);

    /// <summary>
    /// The master's open channels, in lines that end in CR LF and have OpenSSH's form (MUX_C_EXT_INFO "channels").
    /// </summary>
    /// <exception cref="SshException">As <see cref="DescribeConnectionAsync"/>.</exception>
    public Task<string> DescribeChannelsAsync(CancellationToken cancellationToken = default) =>
        MuxInformationRequests.DescribeAsync(_shared, MuxInformation.Channels, cancellationToken);

    /// <summary>
    /// The login that the master shares: our masters tell it all, OpenSSH's, from 10.3 on, only the server's address;
    /// null if it tells nothing.
    /// </summary>
    /// <exception cref="SshException">Why it cannot be reached.</exception>
    internal Task<MuxLogin?> FindLoginAsync(CancellationToken cancellationToken = default) =>
        MuxInformationRequests.FindLoginAsync(_shared, cancellationToken);

    /// <summary>
    /// The login with what is true of it now: whether the connection is lost and is being made again (SshMuxReconnect), and
    /// whether the master is locked; null of masters that are not ours.
    /// </summary>
    /// <exception cref="SshException">Why it cannot be reached.</exception>
    internal Task<MuxLogin?> FindPresentAsync(CancellationToken cancellationToken = default) =>
        MuxInformationRequests.FindPresentAsync(_shared, cancellationToken);

    /// <summary>
    /// How many sessions and other channels the master has open, its clients' control connections not among them; null
    /// if it does not tell.
    /// </summary>
    /// <exception cref="SshException">Why it cannot be reached.</exception>
    public Task<int?> CountChannelsAsync(CancellationToken cancellationToken = default) =>
        MuxInformationRequests.CountChannelsAsync(_shared, cancellationToken);

    /// <summary>Ends the shared control connection. Sessions have their own and go on.</summary>
    public ValueTask DisposeAsync() => _shared.DisposeAsync();

    internal async Task<int?> OpenForwardAsync(MuxForward forward, CancellationToken cancellationToken)
    {
        var reply = await _shared.RequestAsync(id => new MuxOpenForward(id, forward), cancellationToken)
            .ConfigureAwait(false);
        if (reply is MuxRemotePort { Port: <= ushort.MaxValue } allocated) return (int)allocated.Port;
        MuxRefusal.ExpectOk(reply);
        return null;
    }

    internal Task CloseForwardAsync(MuxForward forward, CancellationToken cancellationToken) =>
        _shared.DemandAsync(id => new MuxCloseForward(id, forward), cancellationToken);
}
