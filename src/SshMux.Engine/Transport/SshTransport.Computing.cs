using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Platform.Processes;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport;

/// <content>
/// What a key exchange computes: our key pair and, with the server's reply, the shared secret. Methods that take long
/// do it on another thread, for the receive loop's serves other connections, too.
/// </content>
internal sealed partial class SshTransport
{
    /// <summary>
    /// A step that another thread computes. The receive loop looks at no further message until it has waited for it.
    /// </summary>
    private Task? _computing;

    /// <summary>Waits for the step that is being computed, and throws what it throws, or why the transport ended.</summary>
    private async Task FinishComputingAsync()
    {
        try
        {
            await _computing!.ConfigureAwait(false);
        }
        finally
        {
            _computing = null;
        }

        if (_reason is { } reason) throw reason;
    }

    /// <summary>Makes our key pair for the method agreed on, and sends its public value.</summary>
    private void MakeKey(KeyExchangeRun run)
    {
        var method = run.Algorithms!.KeyExchange;
        if (HybridKey.IsSntrup761(method))
        {
            var making = run.Prepared?.Take(method)
                ?? OwnThread.RunAsync(() => HybridKey.CreateFor(CryptographyProvider.Current, method));
            _computing = SendKeyAsync(run, making);
            return;
        }

        run.Prepared?.Dispose();
        run.Key = EphemeralKey.Create(CryptographyProvider.Current, method);
        SendPublicValue(run.Key, MessageNumber.KexEcdhInit);
    }

    private async Task SendKeyAsync(KeyExchangeRun run, Task<HybridKey> making)
    {
        var key = await making.ConfigureAwait(false);
        run.Key = key;
        SendPublicValue(key, MessageNumber.KexEcdhInit);
    }

    /// <summary>
    /// SSH_MSG_KEX_ECDH_REPLY or one of its like: checks that the server holds the host key, and derives the new keys.
    /// </summary>
    private void ProcessReply(KeyExchangeRun run, ReadOnlySpan<byte> message)
    {
        var reply = ServerReply.Parse(message, run.Algorithms!.HostKey);
        var key = run.Key!;
        if (key.TakesLong) _computing = AcceptReplyAsync(run, reply);
        else AcceptReply(run, reply, key.DeriveSecret(reply.PublicValue));
    }

    private async Task AcceptReplyAsync(KeyExchangeRun run, ServerReply reply)
    {
        var key = run.Key!;
        var secret = await OwnThread.RunAsync(() => key.DeriveSecret(reply.PublicValue)).ConfigureAwait(false);
        AcceptReply(run, reply, secret);
    }

    private void AcceptReply(KeyExchangeRun run, ServerReply reply, byte[] secret)
    {
        run.Accept(reply, secret, _clientVersion, ServerVersion, _sessionId);
        var hostKey = reply.HostKey;
        LogHostKey(hostKey);
        if (_sessionId is null)
        {
            HostKeyProof = reply.Signature;
            return; // somebody has to accept the key first; see ShakeHandsAsync
        }

        if (!hostKey.Equals(ShownHostKey))
        {
            throw new SshException(
                SshError.HostKeyChanged, "the server showed another host key when the connection's keys were renewed");
        }

        SendNewKeys(run);
    }
}
