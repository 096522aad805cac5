using System.Threading.Channels;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <summary>
/// Logs the user in: the authentication protocol (RFC 4252) with the methods publickey, password and
/// keyboard-interactive (RFC 4256), over a transport whose host key was accepted.
/// </summary>
public sealed partial class UserAuthentication : IMessageReceiver
{
    private static readonly string[] UnsupportedMethods =
        ["gssapi-with-mic", "gssapi-keyex", "gssapi", "hostbased"];

    private const string Service = "ssh-connection";

    // Servers answer one request with one message; more than this in the queue is a flood.
    private const int MaxWaitingMessages = 64;

    // A limit for servers that let us try for ever. OpenSSH's own MaxAuthTries is 6.
    private const int MaxRequests = 200;

    private readonly IMessageTransport _transport;
    private readonly ReadOnlyMemory<byte> _sessionId;
    private readonly AuthenticationOptions _options;
    private readonly IMessageReceiver _successor;
    private readonly Channel<byte[]> _received = Channel.CreateBounded<byte[]>(MaxWaitingMessages);
    private readonly AttemptReport _report;
    private readonly CancellationToken _stop; // when it is over, in whichever way
    private volatile bool _requestIsOut;
    private bool _noneWasTried;
    private int _requests;
    private string _method = "none";

    private UserAuthentication(
        IMessageTransport transport,
        ReadOnlyMemory<byte> sessionId,
        AuthenticationOptions options,
        IMessageReceiver successor,
        CancellationToken stop)
    {
        _stop = stop;
        _transport = transport;
        _sessionId = sessionId;
        _options = options;
        _successor = successor;
        _report = new AttemptReport(options);
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
    /// <param name="ct">Gives up; the transport is then of no further use.</param>
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
        CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var run = new UserAuthentication(transport, sessionId, options, successor, stop.Token);
        transport.Start(run);
        try
        {
            await run.RunAsync(ct).ConfigureAwait(false);
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
            await run.ForgetKeysAsync().ConfigureAwait(false);
        }
    }

    private bool MayUseKeys => _options.PreferredAuthentications.Contains("publickey") && MayUse("publickey");

    private bool MayUseOthers => _options.Interaction is not NoInteraction
        && _options.PreferredAuthentications.Any(method => method != "publickey" && MayUse(method));

    /// <summary>Whether it is a method that ssh(1) has and sshmux has not.</summary>
    internal static bool IsUnsupported(string method) => UnsupportedMethods.Contains(method);

    void IMessageReceiver.OnMessage(ReadOnlySpan<byte> message)
    {
        var number = message[0];
        if (number == MessageNumber.UserAuthSuccess)
        {
            // Nobody can be logged in before asking: only an attacker who injects messages would say so.
            if (!_requestIsOut) throw SshException.Protocol("the server sent SSH_MSG_USERAUTH_SUCCESS unasked");
            _requestIsOut = false;
            _transport.Start(_successor);
        }
        else if (number is MessageNumber.UserAuthFailure or MessageNumber.UserAuthInfoRequest)
        {
            // 60 is every method's own next step: in each it is our turn again.
            _requestIsOut = false;
        }
        else if (number is not (MessageNumber.ServiceAccept or MessageNumber.UserAuthBanner))
        {
            throw SshException.Protocol($"the server sent message {number} before the login");
        }

        if (!_received.Writer.TryWrite(message.ToArray()))
        {
            throw SshException.Protocol("the server floods the login with messages");
        }
    }

    void IMessageReceiver.OnWritable()
    {
    }

    void IMessageReceiver.OnEnded(SshException reason) => _received.Writer.TryComplete(reason);

    private async Task RunAsync(CancellationToken ct)
    {
        await RequestServiceAsync(ct).ConfigureAwait(false);
        var reply = await BeginAsync(ct).ConfigureAwait(false);
        while (reply.Number != MessageNumber.UserAuthSuccess)
        {
            var failure = Failure.Parse(reply.Message);
            if (failure.PartialSuccess) OnPartialSuccess();
            _report.ServerMethods = failure.Methods;
            reply = await TryNextAsync(failure.Methods, ct).ConfigureAwait(false)
                ?? await TryNoneAsync(ct).ConfigureAwait(false)
                ?? throw await FailedAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Asks which methods there are, as ssh(1) does ("none", RFC 4252 section 5.2). Where only a key can help, it is
    /// offered at once: sshd(8) takes its time for each answer, whatever it says.
    /// </summary>
    private async Task<Reply> BeginAsync(CancellationToken ct)
    {
        if (MayUseKeys && !MayUseOthers && await TryKeysAsync(ct).ConfigureAwait(false) is { } answer)
        {
            _method = "publickey";
            return answer;
        }

        var reply = RequestNoneAsync(ct);
        if (MayUseKeys) _ = LoadKeysAsync(); // while the server thinks
        return await reply.ConfigureAwait(false);
    }

    /// <summary>A server that lets everybody in says so only when it is asked.</summary>
    private async Task<Reply?> TryNoneAsync(CancellationToken ct)
    {
        if (_noneWasTried) return null;
        _method = "none";
        return await RequestNoneAsync(ct).ConfigureAwait(false);
    }

    private Task<Reply> RequestNoneAsync(CancellationToken ct)
    {
        _noneWasTried = true;
        return RequestAsync(EncodeNone(), ct);
    }

    /// <summary>Why the login failed: if the transport ended meanwhile, that comes first.</summary>
    private async Task<SshException> FailedAsync() =>
        _transport.Ended.IsCompleted ? await _transport.Ended.ConfigureAwait(false) : _report.Failed();

    private async Task RequestServiceAsync(CancellationToken ct)
    {
        var request = new byte[1 + SshWriter.StringLength("ssh-userauth")];
        var writer = new SshWriter(request);
        writer.WriteByte(MessageNumber.ServiceRequest);
        writer.WriteString("ssh-userauth");
        Send(request);
        var reply = await ReceiveAsync(ct).ConfigureAwait(false);
        if (reply.Number != MessageNumber.ServiceAccept)
        {
            throw SshException.Protocol($"the server answered the service request with message {reply.Number}");
        }
    }

    /// <summary>
    /// Makes one attempt with the first method that both sides allow and that has something left to try; gives the
    /// server's final answer to it, or null if all is exhausted.
    /// </summary>
    private async Task<Reply?> TryNextAsync(string[] serverMethods, CancellationToken ct)
    {
        foreach (var method in _options.PreferredAuthentications)
        {
            if (!serverMethods.Contains(method)) continue;
            var reply = method switch
            {
                "publickey" when MayUse(method) => await TryKeysAsync(ct).ConfigureAwait(false),
                "keyboard-interactive" when MayUse(method) =>
                    await TryKeyboardInteractiveAsync(ct).ConfigureAwait(false),
                "password" when MayUse(method) => await TryPasswordAsync(ct).ConfigureAwait(false),
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
        "publickey" => _options.PubkeyAuthentication,
        "keyboard-interactive" => _options is { KbdInteractiveAuthentication: true, BatchMode: false },
        "password" => _options is { PasswordAuthentication: true, BatchMode: false },
        _ => false,
    };

    private void OnPartialSuccess()
    {
        Log.PartialSuccess(_options.Logger);
        _report.PartialSuccess = true;
        if (_offered is not null) _offered.Used = true;
        foreach (var identity in _identities?.Identities ?? []) identity.Tried = identity.Used;
        _passwordAttempts = 0;
        _responseAttempts = 0;
    }

    private async Task<Reply> RequestAsync(ReadOnlyMemory<byte> request, CancellationToken ct)
    {
        if (++_requests > MaxRequests) throw await FailedAsync().ConfigureAwait(false);
        _requestIsOut = true;
        Send(request.Span);
        return await ReceiveAsync(ct).ConfigureAwait(false);
    }

    private void Send(ReadOnlySpan<byte> message)
    {
        // If the transport has ended, receiving tells why.
        _ = _transport.Send(new RawMessage(message));
    }

    /// <summary>The next message that is not a banner.</summary>
    private async Task<Reply> ReceiveAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_options.AnswerTimeout);
        while (true)
        {
            byte[] message;
            try
            {
                message = await _received.Reader.ReadAsync(limit.Token).ConfigureAwait(false);
            }
            catch (ChannelClosedException e) when (e.InnerException is SshException reason)
            {
                throw reason;
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                throw new SshException(
                    SshError.ConnectionTimeout,
                    $"{UserAtHost}: the server did not answer the login within " +
                    $"{_options.AnswerTimeout.TotalSeconds} seconds");
            }

            if (message[0] != MessageNumber.UserAuthBanner) return new Reply(message);
            ShowBanner(message);
        }
    }

    private byte[] EncodeNone()
    {
        var request = new byte[RequestHeadLength("none")];
        var writer = new SshWriter(request);
        WriteRequestHead(ref writer, "none");
        return request;
    }

    private int RequestHeadLength(string method) =>
        1 + SshWriter.StringLength(_options.User) + SshWriter.StringLength(Service) + SshWriter.StringLength(method);

    /// <summary>What every SSH_MSG_USERAUTH_REQUEST begins with.</summary>
    private void WriteRequestHead(ref SshWriter writer, string method)
    {
        writer.WriteByte(MessageNumber.UserAuthRequest);
        writer.WriteString(_options.User);
        writer.WriteString(Service);
        writer.WriteString(method);
    }

    /// <summary>Whether the server says no, and not that it wants something more.</summary>
    private static bool IsRefusal(Reply reply) =>
        reply.Number == MessageNumber.UserAuthFailure && !Failure.Parse(reply.Message).PartialSuccess;

    /// <summary>A message of the server, not a banner.</summary>
    private readonly record struct Reply(byte[] Message)
    {
        public byte Number => Message[0];
    }

    /// <summary>SSH_MSG_USERAUTH_FAILURE.</summary>
    private readonly record struct Failure(string[] Methods, bool PartialSuccess)
    {
        public static Failure Parse(byte[] message)
        {
            var reader = new SshReader(message);
            var number = reader.ReadByte();
            if (number != MessageNumber.UserAuthFailure)
            {
                throw SshException.Protocol($"the server sent message {number} where the login has no place for it");
            }

            var failure = new Failure(reader.ReadNameList(), reader.ReadBoolean());
            reader.ExpectEnd("SSH_MSG_USERAUTH_FAILURE");
            return failure;
        }
    }
}
