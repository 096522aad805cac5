using System.Security.Cryptography;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Locking;

/// <summary>A client's requests about the master's lock (extension "lock@sshmux").</summary>
/// <param name="mux">The lock.</param>
/// <param name="socket">The client's control connection, to which the answers go.</param>
/// <param name="isOwner">Whether the client is the user whose process this is.</param>
internal sealed class MuxLockRequests(MuxLock mux, IMuxPackets socket, bool isOwner) : IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private Task _running = Task.CompletedTask;
    private volatile bool _isBusy;

    /// <summary>MUX_C_LOCK.</summary>
    public ValueTask<bool> LockAsync(MuxLockMaster request) => BeginAsync(request, request.Passphrase, () =>
    {
        mux.Lock(request.Waits, request.Passphrase);
        return Task.CompletedTask;
    });

    /// <summary>MUX_C_UNLOCK.</summary>
    public ValueTask<bool> UnlockAsync(MuxUnlockMaster request) =>
        BeginAsync(request, request.Passphrase, () => mux.UnlockAsync(request.Passphrase, _gone.Token));

    /// <summary>The client has gone: what it asked for and waits for its turn is not done.</summary>
    public void Dispose()
    {
        _gone.Cancel();
        _ = _running.ContinueWith(
            _ => _gone.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Beside the reader, because a passphrase takes its time; one at a time, as nobody needs more.</summary>
    private ValueTask<bool> BeginAsync(MuxRequest request, byte[] passphrase, Func<Task> work)
    {
        var refusal = !isOwner ? "only the user who started the master may lock and unlock it"
            : _isBusy ? "another request about the lock is under way"
            : null;
        if (refusal is not null)
        {
            CryptographicOperations.ZeroMemory(passphrase);
            return socket.SendAsync(new MuxFailure(request.RequestId, refusal));
        }

        _isBusy = true;
        _running = Task.Run(() => RunAsync(request, passphrase, work), CancellationToken.None);
        return ValueTask.FromResult(true);
    }

    private async Task RunAsync(MuxRequest request, byte[] passphrase, Func<Task> work)
    {
        MuxReply reply = new MuxOk(request.RequestId);
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            reply = new MuxFailure(request.RequestId, e.Message);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passphrase);
        }

        _isBusy = false; // whoever has the answer may ask again
        await socket.SendAsync(reply).ConfigureAwait(false);
    }
}
