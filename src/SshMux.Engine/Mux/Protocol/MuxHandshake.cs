using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Protocol;

/// <summary>A control connection on which both sides have said hello.</summary>
internal sealed class MuxHandshake
{
    private MuxHandshake(string path, MuxSocket socket, IReadOnlyList<MuxExtension> extensions)
    {
        Path = path;
        Socket = socket;
        Extensions = extensions;
    }

    /// <summary>The control socket's path.</summary>
    public string Path { get; }

    /// <summary>The connection, the caller's to dispose.</summary>
    public MuxSocket Socket { get; }

    /// <summary>What the master announced.</summary>
    public IReadOnlyList<MuxExtension> Extensions { get; }

    /// <summary>Connects and exchanges hellos.</summary>
    /// <exception cref="SshException">
    /// As <see cref="Client.MuxClient.ConnectAsync(string, CancellationToken)"/>.
    /// </exception>
    public static async Task<MuxHandshake> ConnectAsync(
        string path, MuxClientOptions options, CancellationToken cancellationToken)
    {
        if (!ControlSocket.IsPossible) throw ControlSocket.NotPossible();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        MuxSocket? socket = null;
        try
        {
            socket = new MuxSocket(await LimitAsync(ControlSocket.ConnectAsync(path, timeout.Token)).ConfigureAwait(false));
            var hello = await LimitAsync(GreetAsync(path, socket, options.Announced, timeout.Token)).ConfigureAwait(false);
            return new MuxHandshake(path, socket, hello.Extensions);
        }
        catch (Exception e)
        {
            socket?.Dispose();
            if (e is not OperationCanceledException || cancellationToken.IsCancellationRequested) throw;
            throw TooLate(path, options.HelloTimeout, e);
        }

        // A master is mostly there at once, and the first timer of a process is a thread.
        Task<T> LimitAsync<T>(Task<T> step)
        {
            if (!step.IsCompleted) timeout.CancelAfter(options.HelloTimeout);
            return step;
        }
    }

    /// <summary>Exchanges hellos over what carries a control connection; gives what the master announced.</summary>
    /// <param name="name">What the master is called in errors.</param>
    /// <param name="packets">The control connection, which stays the caller's.</param>
    /// <param name="options">What the client announces, and how long it waits.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">
    /// <see cref="SshError.MasterGone"/>, <see cref="SshError.ConnectionTimeout"/>,
    /// <see cref="SshError.MuxProtocolError"/>.
    /// </exception>
    public static async Task<IReadOnlyList<MuxExtension>> GreetAsync(
        string name, IMuxPackets packets, MuxClientOptions options, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.HelloTimeout);
        try
        {
            var hello = await GreetAsync(name, packets, options.Announced, timeout.Token).ConfigureAwait(false);
            return hello.Extensions;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw TooLate(name, options.HelloTimeout, e);
        }
    }

    /// <summary>Whether the master announced an extension.</summary>
    public bool Announces(string extension) => Extensions.Any(one => one.Name == extension);

    private static SshException TooLate(string path, TimeSpan limit, Exception e) => new(
        SshError.ConnectionTimeout,
        $"the master at {path} did not answer within {limit.TotalSeconds:0.#} s; it may be stopped or hanging",
        e);

    private static async Task<MuxHello> GreetAsync(
        string path, IMuxPackets packets, IReadOnlyList<MuxExtension> announced, CancellationToken cancellationToken)
    {
        await packets.SendAsync(new MuxHello(MuxProtocol.Version, announced)).AsTask().WaitAsync(cancellationToken)
            .ConfigureAwait(false);
        var first = await packets.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        if (first is null)
        {
            throw new SshException(
                SshError.MasterGone, $"the master at {path} closed the control connection instead of greeting");
        }

        if (first is not MuxHello hello)
        {
            throw new SshException(
                SshError.MuxProtocolError, $"what listens at {path} does not speak the multiplexing protocol");
        }

        return hello.Version == MuxProtocol.Version
            ? hello
            : throw new SshException(
                SshError.MuxProtocolError,
                $"the master at {path} speaks version {hello.Version} of the multiplexing protocol, and this program "
                + $"speaks version {MuxProtocol.Version}; start a new master");
    }
}
