using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;
using Methods = SshMux.Engine.Configuration.AuthenticationMethods;

namespace SshMux.Engine.Authentication;

/// <summary>
/// Logs the user in: the authentication protocol (RFC 4252) with the methods publickey, password and
/// keyboard-interactive (RFC 4256), over a transport whose host key was accepted.
/// </summary>
internal sealed partial class UserAuthentication
{
    private readonly AuthenticationOptions _options;
    private readonly AttemptReport _report;
    private readonly AuthenticationExchange _exchange;
    private readonly PublicKeyMethod _publicKey;
    private readonly PasswordMethod _password;
    private readonly KeyboardInteractiveMethod _keyboardInteractive;
    private bool _noneWasTried;
    private string _method = Methods.None;

    private UserAuthentication(
        IMessageTransport transport,
        ReadOnlyMemory<byte> sessionId,
        AuthenticationOptions options,
        IMessageReceiver successor,
        CancellationToken stop)
    {
        _options = options;
        _report = new AttemptReport(options);
        _exchange = new AuthenticationExchange(transport, options, _report, successor);
        _publicKey = new PublicKeyMethod(_exchange, sessionId, options, _report, stop);
        _password = new PasswordMethod(_exchange, options, _report);
        _keyboardInteractive = new KeyboardInteractiveMethod(_exchange, options, _report);
    }

    /// <summary>
    /// Starts the transport's delivery of messages, logs in, and hands the transport over to
    /// <paramref name="successor"/>, which gets every message after SSH_MSG_USERAUTH_SUCCESS. On failure the transport
    /// is left to the caller to close.
    /// </summary>
    /// <param name="transport">The transport, not yet started.</param>
    /// <param name="sessionId">The session identifier that signatures are bound to.</param>
    /// <param name="options">Who logs in and how.</param>
    /// <param name="successor">The connection layer.</param>
    /// <param name="cancellationToken">Gives up; the transport is then of no further use.</param>
    /// <returns>The method by which the server let the user in, the last one if it wanted several.</returns>
    /// <exception cref="SshException">
    /// <see cref="SshError.AuthenticationFailed"/>: nothing that was tried succeeded; else the reason of the
    /// transport's end.
    /// </exception>
    public static async Task<string> AuthenticateAsync(
        IMessageTransport transport,
        ReadOnlyMemory<byte> sessionId,
        AuthenticationOptions options,
        IMessageReceiver successor,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var run = new UserAuthentication(transport, sessionId, options, successor, stop.Token);
        transport.Start(run._exchange);
        try
        {
            await run.RunAsync(cancellationToken).ConfigureAwait(false);
            return run._method;
        }
        catch (SshException e) when (e.Error == SshError.Disconnected)
        {
            throw run._report.Disconnected(e);
        }
        finally
        {
            // An agent that has not answered yet is left.
            await stop.CancelAsync().ConfigureAwait(false);
            await run._publicKey.ForgetKeysAsync().ConfigureAwait(false);
        }
    }

    private bool MayUseKeys =>
        _options.PreferredAuthentications.Contains(Methods.PublicKey) && MayUse(Methods.PublicKey);

    private bool MayUseOthers => _options.Interaction is not NoInteraction
        && _options.PreferredAuthentications.Any(method => method != Methods.PublicKey && MayUse(method));

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await _exchange.RequestServiceAsync(cancellationToken).ConfigureAwait(false);
        var reply = await BeginAsync(cancellationToken).ConfigureAwait(false);
        while (reply.Number != MessageNumber.UserAuthSuccess)
        {
            var failure = AuthenticationFailure.Parse(reply.Message);
            if (failure.PartialSuccess) OnPartialSuccess();
            _report.ServerMethods = failure.Methods;
            reply = await TryNextAsync(failure.Methods, cancellationToken).ConfigureAwait(false)
                ?? await TryNoneAsync(cancellationToken).ConfigureAwait(false)
                ?? throw await _exchange.FailedAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Asks which methods there are, as ssh(1) does ("none", RFC 4252 section 5.2). Where only a key can help, it is
    /// offered at once: sshd(8) takes its time for each answer, whatever it says.
    /// </summary>
    private async Task<AuthenticationReply> BeginAsync(CancellationToken cancellationToken)
    {
        if (MayUseKeys && !MayUseOthers
            && await _publicKey.TryAsync(cancellationToken).ConfigureAwait(false) is { } answer)
        {
            _method = Methods.PublicKey;
            return answer;
        }

        var reply = RequestNoneAsync(cancellationToken);
        if (MayUseKeys) _ = _publicKey.LoadKeysAsync(); // while the server thinks
        return await reply.ConfigureAwait(false);
    }

    /// <summary>A server that lets everybody in says so only when it is asked.</summary>
    private async Task<AuthenticationReply?> TryNoneAsync(CancellationToken cancellationToken)
    {
        if (_noneWasTried) return null;
        _method = Methods.None;
        return await RequestNoneAsync(cancellationToken).ConfigureAwait(false);
    }

    private Task<AuthenticationReply> RequestNoneAsync(CancellationToken cancellationToken)
    {
        _noneWasTried = true;
        return _exchange.RequestAsync(EncodeNone(), cancellationToken);
    }

    /// <summary>
    /// Makes one attempt with the first method that both sides allow and that has something left to try; gives the
    /// server's final answer to it, or null if all is exhausted.
    /// </summary>
    private async Task<AuthenticationReply?> TryNextAsync(string[] serverMethods, CancellationToken cancellationToken)
    {
        foreach (var method in _options.PreferredAuthentications)
        {
            if (!serverMethods.Contains(method)) continue;
            var reply = method switch
            {
                Methods.PublicKey when MayUse(method) =>
                    await _publicKey.TryAsync(cancellationToken).ConfigureAwait(false),
                Methods.KeyboardInteractive when MayUse(method) =>
                    await _keyboardInteractive.TryAsync(cancellationToken).ConfigureAwait(false),
                Methods.Password when MayUse(method) =>
                    await _password.TryAsync(cancellationToken).ConfigureAwait(false),
                _ => null,
            };
            if (reply is null) continue;
            _method = method;
            return reply;
        }

        return null;
    }

    private bool MayUse(string method) => method switch
    {
        Methods.PublicKey => _options.PubkeyAuthentication,
        Methods.KeyboardInteractive => _options is { KbdInteractiveAuthentication: true, BatchMode: false },
        Methods.Password => _options is { PasswordAuthentication: true, BatchMode: false },
        _ => false,
    };

    private void OnPartialSuccess()
    {
        LogPartialSuccess(_options.Logger);
        _report.PartialSuccess = true;
        _publicKey.OnPartialSuccess();
        _password.OnPartialSuccess();
        _keyboardInteractive.OnPartialSuccess();
    }

    private byte[] EncodeNone()
    {
        var request = new byte[_exchange.HeadLength(Methods.None)];
        var writer = new SshWriter(request);
        _exchange.WriteHead(ref writer, Methods.None);
        return request;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "partial success: the server wants one more method")]
    private static partial void LogPartialSuccess(ILogger logger);
}
