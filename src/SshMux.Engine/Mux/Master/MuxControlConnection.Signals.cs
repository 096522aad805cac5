using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Master;

// Signals to the program of the client's session, an extension of ours ("signal@sshmux").
internal sealed partial class MuxControlConnection
{
    private const int MaxSignalName = 64;

    private Task _signal = Task.CompletedTask;

    private ValueTask<bool> SignalAsync(MuxSignal request)
    {
        Channel? channel;
        lock (_sessionLock) channel = _sessionChannel;
        if (channel is null) return FailAsync(request, "there is no session to send a signal to");

        // One at a time, so that a client cannot pile them up where the server is slow to answer.
        if (!_signal.IsCompleted) return FailAsync(request, "another signal is under way");
        if (request.Name.Length is 0 or > MaxSignalName) return FailAsync(request, "this is not a signal's name");

        // The server takes its time, and the client may go meanwhile: keep the reader going.
        _signal = AnswerAsync(request, channel.RequestSignalAsync(request.Name));
        return ValueTask.FromResult(true);
    }

    private async Task AnswerAsync(MuxSignal request, Task<bool> sending)
    {
        try
        {
            if (await sending.ConfigureAwait(false))
            {
                await _socket.SendAsync(new MuxOk(request.RequestId)).ConfigureAwait(false);
            }
            else
            {
                await FailAsync(request, $"the server did not send the signal {request.Name}").ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            // Mostly: the connection has ended, or the client's.
            await FailAsync(request, e.Message).ConfigureAwait(false);
        }
    }
}
