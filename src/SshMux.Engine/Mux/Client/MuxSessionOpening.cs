using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Platform;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Client;

/// <summary>Opens sessions and stdio forwards: each takes a control connection for itself.</summary>
internal static class MuxSessionOpening
{
    /// <summary>Has the master run a session on descriptors, which stay the caller's.</summary>
    public static Task<MuxSession> OpenAsync(
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

        return OpenAsync(
            shared,
            id => new MuxNewSession(
                id, request.WantTty, request.WantX11, request.WantAgent, request.Subsystem,
                request.EscapeCharacter ?? MuxNewSession.NoEscapeCharacter, request.Term, command, environment),
            [descriptors.Input, descriptors.Output, descriptors.Error],
            request.SessionName,
            cancellationToken);
    }

    /// <summary>Makes the request that opens it, on a control connection of its own.</summary>
    public static async Task<MuxSession> OpenAsync(
        MuxSharedLink shared,
        Func<uint, MuxRequest> make,
        DescriptorHandle[] descriptors,
        string? name,
        CancellationToken cancellationToken)
    {
        var link = await shared.TakeAsync(cancellationToken).ConfigureAwait(false);
        var session = new MuxSession(link, shared.Path);
        Task<MuxReply>? opening = null;
        try
        {
            // All in one flight. The master's process id is for SIGWINCH, and tells its death from a session's end.
            var naming = NameAsync(link, name);
            var alive = link.CheckAliveAsync(CancellationToken.None);
            opening = link.RequestAsync(make, session, descriptors);
            await Task.WhenAll(naming, alive, opening).WaitAsync(cancellationToken).ConfigureAwait(false);
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

    private static async Task NameAsync(MuxClientLink link, string? name)
    {
        if (name is null || !link.Announces(MuxExtensions.Session)) return;
        MuxRefusal.ExpectOk(
            await link.RequestAsync(id => new MuxSessionOptions(id, [new(MuxSessionOptions.Name, name)]))
                .ConfigureAwait(false));
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
