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
            throw new SshException(
                SshError.ConnectionTimeout,
                $"the master at {path} did not answer within {options.HelloTimeout.TotalSeconds:0.#} s; "
                + "it may be stopped or hanging", e);
        }

        // A master is mostly there at once, and the first timer of a process is a thread.
        Task<T> LimitAsync<T>(Task<T> step)
        {
            if (!step.IsCompleted) timeout.CancelAfter(options.HelloTimeout);
            return step;
        }
    }

    /// <summary>Whether the master announced an extension.</summary>
    public bool Announces(string extension) => Extensions.Any(one => one.Name == extension);

    private static async Task<MuxHello> GreetAsync(
        string path, MuxSocket socket, IReadOnlyList<MuxExtension> announced, CancellationToken cancellationToken)
    {
        await socket.SendAsync(new MuxHello(MuxProtocol.Version, announced)).ConfigureAwait(false);
        var first = await socket.ReceiveAsync(cancellationToken).ConfigureAwait(false);
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
