using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Platform;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Client;

/// <summary>Opens sessions and stdio forwards: each takes a control connection for itself.</summary>
internal static class MuxSessionOpening
{
    /// <summary>Has the master run a session on descriptors, which stay the caller's.</summary>
    public static async Task<MuxSession> OpenAsync(
        MuxSharedLink shared,
        MuxSessionRequest request,
        SessionDescriptors descriptors,
        CancellationToken cancellationToken)
    {
        if (request.SessionName is { } name && SessionName.WhyNot(name) is { } whyNot)
        {
            throw new SshException(SshError.ConfigurationInvalid, $"a session cannot be called that: {whyNot}");
        }

        // A master of OpenSSH would send it on, and lose its connection, which is everybody's.
        RequestLimit.DemandTerminal(request.Term);
        var command = ByteText.Encode(request.Command ?? "");
        RequestLimit.DemandProgram(request.Subsystem, command.Length);
        var environment = new ReadOnlyMemory<byte>[request.Environment.Count];
        for (var i = 0; i < environment.Length; i++)
        {
            var (variable, value) = request.Environment[i];
            environment[i] = ByteText.Encode($"{variable}={value}");
            RequestLimit.DemandVariable(variable, environment[i].Length);
        }

        var link = await shared.TakeAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            request = await new MuxSessionOffer(link, link.Logger).MakeAsync(request)
                .WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await link.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return await OpenAsync(
            link,
            shared.Path,
            id => new MuxNewSession(
                id, request.WantTty, request.WantX11, request.WantAgent, request.Subsystem,
                request.EscapeCharacter ?? MuxNewSession.NoEscapeCharacter, request.Term, command, environment),
            [descriptors.Input, descriptors.Output, descriptors.Error],
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Has the master run a stdio forward on descriptors, which stay the caller's.</summary>
    public static async Task<MuxSession> OpenAsync(
        MuxSharedLink shared,
        Func<uint, MuxNewStdioForward> make,
        DescriptorHandle[] descriptors,
        CancellationToken cancellationToken)
    {
        var link = await shared.TakeAsync(cancellationToken).ConfigureAwait(false);
        return await OpenAsync(link, shared.Path, make, descriptors, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the request that opens it, on a control connection of its own.</summary>
    private static async Task<MuxSession> OpenAsync(
        MuxClientLink link,
        string path,
        Func<uint, MuxRequest> make,
        DescriptorHandle[] descriptors,
        CancellationToken cancellationToken)
    {
        var session = new MuxSession(link, path);
        Task<MuxReply>? opening = null;
        try
        {
            // All in one flight. The master's process id is for SIGWINCH, and tells its death from a session's end.
            var alive = link.CheckAliveAsync(CancellationToken.None);
            opening = link.RequestAsync(make, session, descriptors);
            await Task.WhenAll(alive, opening).WaitAsync(cancellationToken).ConfigureAwait(false);
            session.MasterProcessId = await alive.ConfigureAwait(false);
            var reply = await opening.ConfigureAwait(false);
            if (reply is not MuxSessionOpened) throw MuxRefusal.Of(reply);
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
}
