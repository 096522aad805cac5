using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Mux.Proxy;
using SshMux.Engine.Streams;

namespace SshMux.Engine.Mux.Client;

/// <summary>
/// The client of a master of ours at the other end of a stream, such as the standard input and output of
/// <c>sshmux -M -S - host</c>: sessions and other channels by proxy mode, and requests to the master among them (extension
/// "stream@sshmux"). Any number of both at once.
/// </summary>
internal sealed class MuxStreamClient : ISshClient
{
    private readonly SshConnection _connection;
    private readonly MuxClientLink _requests;

    private MuxStreamClient(string name, SshConnection connection, MuxClientLink requests)
    {
        Name = name;
        _connection = connection;
        _requests = requests;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Completes when the connection to the master has ended, with the reason.</summary>
    public Task<SshException> Ended => _connection.Ended;

    /// <summary>Exchanges hellos with a master and goes on in proxy mode. The streams are the client's from now on.</summary>
    /// <param name="input">What the master says. Disposing it ends a pending read, as with pipes and sockets.</param>
    /// <param name="output">What it is told; may be the same. Disposing it ends a pending write.</param>
    /// <param name="options">How long to wait for the hello, and where to log.</param>
    /// <param name="name">What the master is called in errors, behind "the master at".</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">
    /// <see cref="SshError.MasterGone"/>, <see cref="SshError.ConnectionTimeout"/>,
    /// <see cref="SshError.MuxProtocolError"/> (another version, or not a master), <see cref="SshError.NotSupported"/> (no
    /// master for streams), <see cref="SshError.MuxRefused"/>. The streams are closed.
    /// </exception>
    public static async Task<MuxStreamClient> ConnectAsync(
        Stream input,
        Stream output,
        MuxClientOptions? options = null,
        string name = "the other end",
        CancellationToken cancellationToken = default)
    {
        options ??= new MuxClientOptions();
        var packets = new MuxStreamPackets(input, output);
        try
        {
            var extensions = await MuxHandshake.GreetAsync(name, packets, options, cancellationToken).ConfigureAwait(false);
            if (!extensions.Any(extension => extension.Name == MuxExtensions.Stream))
            {
                throw new SshException(
                    SshError.NotSupported,
                    $"the master at {name} does not serve streams ({MuxExtensions.Stream}); use its control socket");
            }

            var transport = await MuxProxyTransport.OpenAsync(packets, name, options.Logger, cancellationToken)
                .ConfigureAwait(false);
            var connection = new SshConnection(transport, options.Logger);
            transport.Start(connection);
            return new(
                name, connection, MuxClientLink.Over(packets, name, extensions, options, transport.Close));
        }
        catch
        {
            packets.Dispose();
            throw;
        }
    }

    /// <summary>Asks whether the master is alive (MUX_C_ALIVE_CHECK); gives its process id.</summary>
    /// <exception cref="SshException">Why the connection has ended.</exception>
    public Task<int> CheckAliveAsync(CancellationToken cancellationToken = default) =>
        _requests.CheckAliveAsync(cancellationToken);

    /// <summary>Ends the master and everything that it runs (MUX_C_TERMINATE).</summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>.</exception>
    public async Task TerminateAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await DemandAsync(id => new MuxTerminate(id), cancellationToken).ConfigureAwait(false);
        }
        catch (SshException e) when (e.Error == SshError.MasterGone)
        {
            // As asked.
        }
    }

    /// <inheritdoc/>
    public Task<RemoteProcess> StartAsync(SessionRequest request, CancellationToken cancellationToken = default) =>
        _connection.StartAsync(request, cancellationToken);

    /// <inheritdoc/>
    public async Task<DuplexStream> OpenStreamAsync(
        string host, int port, CancellationToken cancellationToken = default) =>
        await _connection.OpenStreamAsync(host, port, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<DuplexStream> OpenStreamAsync(string path, CancellationToken cancellationToken = default) =>
        await _connection.OpenStreamAsync(path, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Has the master open a forward (MUX_C_OPEN_FWD), which lives as long as the master. Gives the port that was chosen
    /// if it asked for port 0.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>, or why the connection has ended.</exception>
    public async Task<int?> OpenForwardAsync(ForwardSpec spec, CancellationToken cancellationToken = default)
    {
        RequestLimit.DemandForward(spec.Listen.Host, spec.Connect?.Host);
        var reply = await RequestAsync(id => new MuxOpenForward(id, MuxForward.From(spec)), cancellationToken)
            .ConfigureAwait(false);
        if (reply is MuxRemotePort { Port: <= ushort.MaxValue } allocated) return (int)allocated.Port;
        MuxRefusal.ExpectOk(reply);
        return null;
    }

    /// <inheritdoc/>
    public Task CloseForwardAsync(ForwardSpec spec, CancellationToken cancellationToken = default) =>
        DemandAsync(id => new MuxCloseForward(id, MuxForward.From(spec)), cancellationToken);

    /// <summary>
    /// Ends the channels and closes the streams; a master that has no other clients (<c>sshmux -M -S -</c>) ends then.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        await _requests.DisposeAsync().ConfigureAwait(false);
    }

    private Task<MuxReply> RequestAsync(Func<uint, MuxRequest> make, CancellationToken cancellationToken) =>
        _requests.RequestAsync(make).WaitAsync(cancellationToken);

    private async Task DemandAsync(Func<uint, MuxRequest> make, CancellationToken cancellationToken) =>
        MuxRefusal.ExpectOk(await RequestAsync(make, cancellationToken).ConfigureAwait(false));
}
