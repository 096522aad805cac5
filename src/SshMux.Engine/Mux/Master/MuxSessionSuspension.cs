using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Master;

/// <summary>
/// A client's session while a shell has stopped the client, an extension of ours ("suspend@sshmux"). If the client goes, so
/// does the session, and nobody waits here any more.
/// </summary>
/// <param name="socket">The client's control connection.</param>
/// <param name="sessionId">The session's number.</param>
/// <param name="output">Keeps back what the session writes.</param>
/// <param name="terminal">The session's terminal, if it has one.</param>
internal sealed class MuxSessionSuspension(
    IMuxPackets socket, uint sessionId, DescriptorHold output, MuxSessionTerminal? terminal) : IClientSuspension
{
    private TaskCompletionSource? _resumed; // null while the session is not suspended

    /// <inheritdoc/>
    public async Task SuspendAsync()
    {
        var resumed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await output.BeginAsync().ConfigureAwait(false);
        Volatile.Write(ref _resumed, resumed);
        await socket.SendAsync(new MuxSuspend(sessionId)).ConfigureAwait(false);
        await resumed.Task.ConfigureAwait(false);
    }

    /// <summary>Answers a client that says that it goes on.</summary>
    /// <param name="request">The request.</param>
    /// <param name="suspension">That of the client's session; null if there is none.</param>
    /// <param name="socket">The client's control connection.</param>
    public static ValueTask<bool> ResumeAsync(MuxResume request, MuxSessionSuspension? suspension, IMuxPackets socket) =>
        suspension is not null && suspension.TryResume()
            ? socket.SendAsync(new MuxOk(request.RequestId))
            : socket.SendAsync(new MuxFailure(request.RequestId, "there is no session that is suspended"));

    private bool TryResume()
    {
        if (Interlocked.Exchange(ref _resumed, null) is not { } resumed) return false;

        // Of changes meanwhile there was no signal, and the program should know the size before it writes on.
        terminal?.Update();
        output.End();
        resumed.SetResult();
        return true;
    }
}
