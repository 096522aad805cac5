using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Platform;
using SshMux.Engine.Streams;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Client;

// Sessions and stdio forwards: each takes a control connection for itself.
public sealed partial class MuxClient
{
    /// <summary>
    /// Has the master run a session on the given descriptors (MUX_C_NEW_SESSION). They are passed on, not taken: they
    /// stay the caller's to close.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxRefused"/> (the server's MaxSessions, for one), <see cref="SshError.RequestTooLong"/>,
    /// <see cref="SshError.MasterGone"/>.
    /// </exception>
    public Task<MuxSession> OpenSessionAsync(
        MuxSessionRequest request, SessionDescriptors descriptors, CancellationToken cancellationToken = default)
    {
        // A master of OpenSSH would send it on, and lose its connection, which is everybody's.
        RequestLimit.DemandTerminal(request.Term);
        var command = ByteText.Encode(request.Command ?? "");
        RequestLimit.DemandProgram(request.Subsystem, command.Length);
        var environment = new ReadOnlyMemory<byte>[request.Environment.Count];
        for (var i = 0; i < environment.Length; i++)
        {
            var (name, value) = request.Environment[i];
            environment[i] = ByteText.Encode($"{name}={value}");
            RequestLimit.DemandVariable(name, environment[i].Length);
        }

        return OpenAsync(
            id => new MuxNewSession(
                id, request.WantTty, request.WantX11, request.WantAgent, request.Subsystem,
                request.EscapeCharacter ?? MuxProtocol.NoEscapeCharacter, request.Term, command, environment),
            [descriptors.Input, descriptors.Output, descriptors.Error],
            cancellationToken);
    }

    /// <summary>
    /// Has the master connect from the server to a TCP port and tie the connection to two descriptors
    /// (MUX_C_NEW_STDIO_FWD, ssh -W).
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>, <see cref="SshError.MasterGone"/>.</exception>
    public Task<MuxSession> OpenStdioForwardAsync(
        string host,
        int port,
        DescriptorHandle input,
        DescriptorHandle output,
        CancellationToken cancellationToken = default)
    {
        RequestLimit.Demand("the name of the host to connect to", host);
        return OpenAsync(id => new MuxNewStdioForward(id, host, (uint)port), [input, output], cancellationToken);
    }

    /// <summary>Likewise, to a unix socket on the server.</summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>, <see cref="SshError.MasterGone"/>.</exception>
    public Task<MuxSession> OpenStdioForwardAsync(
        string path, DescriptorHandle input, DescriptorHandle output, CancellationToken cancellationToken = default)
    {
        RequestLimit.Demand("the path of the socket to connect to", path);
        return OpenAsync(
            id => new MuxNewStdioForward(id, path, MuxProtocol.StreamLocalPort), [input, output], cancellationToken);
    }

    /// <summary>
    /// Runs a command, shell or subsystem over the master with its streams in this process: the same face as
    /// <see cref="SshConnection.StartAsync"/>.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxRefused"/>, <see cref="SshError.MasterGone"/>. A server that refuses the terminal is no
    /// error: the session goes on without one. Of the terminal's modes only ECHO counts.
    /// </exception>
    public Task<RemoteProcess> StartAsync(SessionRequest request, CancellationToken cancellationToken = default) =>
        MuxProcess.StartAsync(this, request, cancellationToken);

    /// <summary>Has the server connect to a TCP port, and gives the connection as a stream.</summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>, <see cref="SshError.MasterGone"/>.</exception>
    public Task<MuxStream> OpenStreamAsync(string host, int port, CancellationToken cancellationToken = default) =>
        MuxStream.OpenAsync((input, output) => OpenStdioForwardAsync(host, port, input, output, cancellationToken));

    /// <summary>Has the server connect to a unix socket there, and gives the connection as a stream.</summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>, <see cref="SshError.MasterGone"/>.</exception>
    public Task<MuxStream> OpenStreamAsync(string path, CancellationToken cancellationToken = default) =>
        MuxStream.OpenAsync((input, output) => OpenStdioForwardAsync(path, input, output, cancellationToken));

    private async Task<MuxSession> OpenAsync(
        Func<uint, MuxRequest> make, DescriptorHandle[] descriptors, CancellationToken cancellationToken)
    {
        var link = await TakeLinkAsync(cancellationToken).ConfigureAwait(false);
        var session = new MuxSession(link, ControlPath);
        Task<MuxReply>? opening = null;
        try
        {
            // Both in one flight. The master's process id is for SIGWINCH, and tells its death from a session's end.
            var alive = CheckAliveAsync(link, CancellationToken.None);
            opening = link.RequestAsync(make, session, descriptors);
            await Task.WhenAll(alive, opening).WaitAsync(cancellationToken).ConfigureAwait(false);
            session.MasterProcessId = await alive.ConfigureAwait(false);
            var reply = await opening.ConfigureAwait(false);
            if (reply is not MuxSessionOpened) throw Refused(reply);
            return session;
        }
        catch (OperationCanceledException) when (opening is not null)
        {
            _ = AbandonAsync(opening, session);
            throw;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Ends a session that nobody wants any more as soon as it is open. Not sooner: a master of OpenSSH (9.2 to 10.x)
    /// ends with a fatal error if the server confirms a session whose control connection is gone.
    /// </summary>
    private static async Task AbandonAsync(Task<MuxReply> opening, MuxSession session)
    {
        try
        {
            await opening.ConfigureAwait(false);
        }
        catch (SshException)
        {
            // The one who asked has been told that it was cancelled.
        }

        await session.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A control connection for a session: the shared one if nobody uses it, else one more.</summary>
    private async Task<MuxClientLink> TakeLinkAsync(CancellationToken cancellationToken)
    {
        await _linkLock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_link is { IsIdle: true } link)
            {
                _link = null;
                return link;
            }
        }
        finally
        {
            _linkLock.Release();
        }

        return await MuxClientLink.ConnectAsync(ControlPath, _options, cancellationToken).ConfigureAwait(false);
    }
}
