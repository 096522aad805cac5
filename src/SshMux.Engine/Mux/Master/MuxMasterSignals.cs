using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Master;

/// <summary>Signals to the program of a client's session, an extension of ours ("signal@sshmux").</summary>
/// <param name="socket">The client's control connection.</param>
internal sealed class MuxMasterSignals(IMuxPackets socket)
{
    private const int MaxNameLength = 64;

    private Task _pending = Task.CompletedTask;

    /// <summary>
    /// Has the server send a signal. The answer goes to the client when it comes; the reader need not wait for it.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="channel">The session's channel; null if there is no session.</param>
    public ValueTask<bool> SendAsync(MuxSignal request, Channel? channel)
    {
        if (channel is null) return FailAsync(request, "there is no session to send a signal to");

        // One at a time, so that a client cannot pile them up where the server is slow to answer.
        if (!_pending.IsCompleted) return FailAsync(request, "another signal is under way");
        if (request.Name.Length is 0 or > MaxNameLength) return FailAsync(request, "this is not a signal's name");
        _pending = AnswerAsync(request, channel);
        return ValueTask.FromResult(true);
    }

    private async Task AnswerAsync(MuxSignal request, Channel channel)
    {
        try
        {
            if (await channel.RequestSignalAsync(request.Name).ConfigureAwait(false))
            {
                await socket.SendAsync(new MuxOk(request.RequestId)).ConfigureAwait(false);
            }
            else
            {
                await FailAsync(request, MuxSignalRefusal.Explain(channel.Connection, request.Name)).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            // Mostly: the connection has ended, or the client's.
            await FailAsync(request, e.Message).ConfigureAwait(false);
        }
    }

    private ValueTask<bool> FailAsync(MuxSignal request, string reason) =>
        socket.SendAsync(new MuxFailure(request.RequestId, reason));
}
